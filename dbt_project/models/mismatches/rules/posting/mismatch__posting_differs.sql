{{ by_deal() }}

with journals as (
    select * from {{ ref('fct_journal') }} where not is_reversal and status <> 'reversed'
),

counted as (
    select
        expected.*,
        journals.native_id as journal_native_id,
        journals.document_number as journal_number,
        journals.amount as journal_amount,
        journals.currency as journal_currency,
        journals.created_at as journal_created_at,
        journals.source_updated_at as journal_updated_at,
        row_number() over (
            partition by expected.expected_key
            order by
                case when journals.amount = expected.amount and (journals.currency is not distinct from expected.currency) then 0 else 1 end,
                journals.created_at nulls last,
                journals.native_id,
                expected.amount
        ) as place
    from {{ ref('exp_posting') }} as expected
    inner join journals on expected.platform = journals.platform and expected.journal_ref = journals.journal_ref
),

pairs as (select * from counted where place = 1),

-- what the lines of each journal debit and credit, and how much of it on the accounts of the posting rule and under another dimension
booked as (
    select
        pairs.expected_key,
        sum(lines.debit) as debit,
        sum(lines.credit) as credit,
        sum(case when lines.account_code = pairs.debit_account then lines.debit else 0 end) as debit_there,
        sum(case when lines.account_code = pairs.credit_account then lines.credit else 0 end) as credit_there,
        max(case when lines.debit > 0 and lines.account_code is distinct from pairs.debit_account then lines.account_code end) as debited,
        max(case when lines.credit > 0 and lines.account_code is distinct from pairs.credit_account then lines.account_code end) as credited,
        sum(case when lines.dimension <> pairs.dimension then lines.debit else 0 end) as debit_elsewhere,
        sum(case when lines.dimension <> pairs.dimension then lines.credit else 0 end) as credit_elsewhere,
        max(case when lines.dimension <> pairs.dimension then lines.dimension end) as elsewhere
    from pairs
    inner join {{ ref('fct_journal_line') }} as lines
        on pairs.platform = lines.platform and pairs.journal_native_id = lines.journal_native_id
    group by pairs.expected_key
),

compared as (
    select
        pairs.*,
        booked.debit_there,
        booked.credit_there,
        booked.debited,
        booked.credited,
        booked.elsewhere,
        greatest(booked.debit_elsewhere, booked.credit_elsewhere) as amount_elsewhere,
        coalesce(booked.debit, 0) as debit,
        coalesce(booked.credit, 0) as credit
    from pairs
    left join booked on pairs.expected_key = booked.expected_key
    where booked.debit is not distinct from booked.credit
),

differing as (
    select
        *, 'currency' as attribute, 'currency' as cause, currency as expected_value, journal_currency as observed_value,
        journal_amount as difference
    from compared where journal_currency is distinct from currency
    union all
    select
        *, 'amount', 'amount_differs', {{ plain_decimal('amount') }}, {{ plain_decimal('journal_amount') }},
        abs(amount - coalesce(journal_amount, 0))
    from compared where journal_currency is not distinct from currency and journal_amount is distinct from amount
    union all
    select *, 'debit_account', 'account_differs', debit_account, coalesce(debited, 'none'), debit - debit_there
    from compared where debit_there <> debit
    union all
    select *, 'credit_account', 'account_differs', credit_account, coalesce(credited, 'none'), credit - credit_there
    from compared where credit_there <> credit
    union all
    select *, 'dimension', 'dimension_differs', dimension, coalesce(nullif(elsewhere, ''), 'none'), amount_elsewhere
    from compared where amount_elsewhere > 0
),

found as (
    select
        expected_key as identity,
        source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        journal_native_id as native_id,
        journal_number as document_number,
        attribute,
        expected_value,
        observed_value,
        difference as amount_at_risk,
        journal_currency as currency,
        cause,
        concat_ws(
            ' ', 'Journal', journal_number, 'of', {{ readable_money('journal_amount', 'journal_currency') }}, 'in', platform, 'posts',
            journal_ref, 'of', {{ readable_money('amount', 'currency') }}, 'for', source_document_number, 'with',
            replace(attribute, '_', ' '), observed_value, 'instead of', expected_value
        ) as evidence,
        greatest(due_at, journal_created_at) as due_at,
        journal_updated_at as observed_version
    from differing
),

final as (
    {{ judged('posting_differs') }}
)

select * from final
