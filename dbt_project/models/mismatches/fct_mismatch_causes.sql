with findings as (
    select * from {{ ref('finding_difference') }}
),

line_effects as (
    select * from {{ ref('line_effect') }}
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
        concat_ws(' ', 'journal', coalesce(journals.document_number, lines.journal_native_id), 'posts to the account beside the documents') as says
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
    having max(lines.credited_amount) >= sum(lines.observed_amount) - findings.observed_number and sum(lines.observed_amount) > findings.observed_number
),

parts as (
    {% for part in ['line_effects', 'taxes', 'fees', 'journals', 'credits'] %}
    select fingerprint, cause, amount, says from {{ part }} where amount <> 0
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- parts are told of what is taken apart; what is all one cause has none
taken_apart as (
    select
        parts.*,
        row_number() over (partition by parts.fingerprint, parts.cause order by abs(parts.amount) desc, parts.says) as place
    from parts
    inner join findings on parts.fingerprint = findings.fingerprint
    where findings.sole_cause is null or findings.sole_cause = 'unit_price'
),

caused as (
    select
        fingerprint,
        cause,
        sum(amount) as amount,
        concat_ws(' ', max(case when place = 1 then says end), case when count(*) > 1 then concat('and ', cast(count(*) - 1 as string), ' more') end) as says
    from taken_apart
    group by fingerprint, cause
),

explained as (
    select
        fingerprint,
        sum(amount) as amount,
        count(*) as part_count
    from taken_apart
    group by fingerprint
),

-- the whole of what is one cause, and of the others the rest: so that the causes come to the difference
rest as (
    select
        findings.fingerprint,
        case
            when explained.fingerprint is null and findings.sole_cause is not null then findings.sole_cause
            when
                abs(findings.difference - coalesce(explained.amount, 0)) <= findings.minor_unit * coalesce(explained.part_count, 1)
                then 'rounding'
            else 'unexplained'
        end as cause,
        findings.difference - coalesce(explained.amount, 0) as amount,
        cast(null as string) as says
    from findings
    left join explained on findings.fingerprint = explained.fingerprint
    where explained.fingerprint is null or findings.difference <> explained.amount
),

together as (
    select
        fingerprint,
        cause,
        {{ at_most_money('sum(amount)') }} as amount,
        max(says) as says
    from (select * from caused union all select * from rest) as causes
    group by fingerprint, cause
),

final as (
    select
        findings.fingerprint,
        findings.rule,
        findings.deal_key,
        findings.legal_entity,
        cast(row_number() over (partition by findings.fingerprint order by abs(together.amount) desc, together.cause) as bigint) as place,
        together.cause,
        together.amount,
        findings.currency,
        findings.difference,
        findings.basis,
        findings.clears_at,
        cast(
            case
                when together.cause = 'timing'
                    then concat_ws(' ', 'Not yet due: it should have cleared by', cast(findings.clears_at as string), 'UTC.', findings.evidence)
                when together.says is not null
                    then concat(upper(substring(together.says, 1, 1)), substring(together.says, 2))
                when together.cause = 'unexplained' then concat_ws(' ', 'No cause explains this.', findings.evidence)
                when together.cause = 'rounding' then concat_ws(' ', 'No more than rounding.', findings.evidence)
                else findings.evidence
            end as string
        ) as explanation
    from findings
    inner join together on findings.fingerprint = together.fingerprint
)

select * from final
