{{ config(materialized='view') }}

with findings as (
    select * from {{ ref('finding_difference') }}
),

taxes as (
    select
        findings.fingerprint,
        'tax' as cause,
        coalesce(invoices.tax_amount, 0) - coalesce(expected.tax_amount, 0) as amount,
        concat_ws(
            ' ', 'its tax is', {{ readable_money('coalesce(invoices.tax_amount, 0)', 'findings.currency') }}, 'instead of',
            {{ readable_money('coalesce(expected.tax_amount, 0)', 'findings.currency') }}
        ) as says
    from findings
    inner join {{ ref('fct_invoice') }} as invoices
        on findings.platform = invoices.platform and findings.native_id = invoices.native_id
    inner join {{ ref('exp_invoice') }} as expected
        on invoices.platform = expected.platform and invoices.billing_number = expected.billing_number
    where findings.entity = 'invoice' and findings.attribute = 'amount'
),

fees as (
    select
        findings.fingerprint,
        'fee' as cause,
        -payments.fee_amount as amount,
        concat_ws(' ', 'what was kept as a fee,', {{ readable_money('payments.fee_amount', 'payments.currency') }} || ',', 'was not applied') as says
    from findings
    inner join {{ ref('fct_payment') }} as payments
        on findings.native_id = payments.native_id and findings.deal_key = payments.deal_key
    where findings.attribute = 'applied_amount' and findings.difference = -payments.fee_amount and findings.platform <> payments.platform
),

-- what customers owe is in documents: a journal on their account is in none of them
journals as (
    select
        findings.fingerprint,
        'extra_document' as cause,
        lines.debit - lines.credit as amount,
        concat_ws(
            ' ', 'journal', coalesce(journals.document_number, lines.journal_native_id), 'posts to the account beside the documents'
        ) as says
    from findings
    inner join {{ ref('fct_journal_line') }} as lines
        on
            findings.platform = lines.platform
            and findings.legal_entity = lines.legal_entity
            and findings.document_number = lines.account_code
            and findings.currency = lines.currency
    left join {{ ref('fct_journal') }} as journals on lines.platform = journals.platform and lines.journal_native_id = journals.native_id
    where findings.attribute = 'receivables'
),

credits as (
    select
        findings.fingerprint,
        'credit' as cause,
        findings.observed_number - sum(lines.observed_amount) as amount,
        'what was credited of the period' as says
    from findings
    inner join {{ ref('finding_billed_line') }} as lines on findings.fingerprint = lines.fingerprint
    group by findings.fingerprint, findings.observed_number
    having sum(lines.observed_amount) - findings.observed_number between 0 and max(lines.credited_amount)
),

told as (
    {% for part in ['taxes', 'fees', 'journals', 'credits'] %}
    select fingerprint, cause, amount, says from {{ part }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        cast(fingerprint as string) as fingerprint,
        cast(cause as string) as cause,
        {{ at_most_money('amount') }} as amount,
        cast(says as string) as says
    from told
    where amount <> 0
)

select * from final
