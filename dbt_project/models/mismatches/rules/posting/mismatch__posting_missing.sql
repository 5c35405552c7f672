{{ by_deal() }}

with expected as (
    select * from {{ ref('exp_posting') }}
),

journals as (
    select * from {{ ref('fct_journal') }} where not is_reversal and status <> 'reversed'
),

counted as (
    select
        expected.*,
        journals.document_number as journal_number,
        journals.amount as journal_amount,
        journals.currency as journal_currency,
        journals.created_at as journal_created_at,
        journals.native_id is not null as is_posted,
        row_number() over (
            partition by expected.expected_key
            order by
                case when journals.amount = expected.amount and (journals.currency is not distinct from expected.currency) then 0 else 1 end,
                journals.created_at nulls last,
                journals.native_id,
                expected.amount
        ) as place
    from expected
    left join journals on expected.platform = journals.platform and expected.journal_ref = journals.journal_ref
),

compared as (
    select
        *,
        case
            when not is_posted then kind
            when (journal_currency is distinct from currency) then 'currency'
            when (journal_amount is distinct from amount) then 'amount_differs'
        end as cause
    from counted
    where place = 1
),

found as (
    select
        expected_key as identity,
        source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        source_native_id as native_id,
        journal_ref as document_number,
        case cause when 'currency' then 'currency' when 'amount_differs' then 'amount' end as attribute,
        case cause
            when 'currency' then currency
            when 'amount_differs' then {{ plain_decimal('amount') }}
            else journal_ref
        end as expected_value,
        case cause
            when 'currency' then journal_currency
            when 'amount_differs' then {{ plain_decimal('journal_amount') }}
        end as observed_value,
        case cause when 'currency' then journal_amount else abs(amount - coalesce(journal_amount, 0)) end as amount_at_risk,
        case cause when 'currency' then journal_currency else currency end as currency,
        cause,
        concat_ws(
            ' ', 'Journal', journal_ref, 'of', {{ readable_money('amount', 'currency') }}, 'for', source_document_number,
            'was due on', cast(posted_on as string), 'but',
            case
                when is_posted then concat_ws(' ', 'is', journal_number, 'of', {{ readable_money('journal_amount', 'journal_currency') }}, 'in')
                else 'is not posted in'
            end,
            platform
        ) as evidence,
        greatest(due_at, coalesce(journal_created_at, due_at)) as due_at,
        cast(null as timestamp) as observed_version
    from compared
    where cause is not null
),

final as (
    {{ judged('posting_missing') }}
)

select * from final
