with expected as (
    select * from {{ ref('exp_posting') }}
),

journals as (
    select * from {{ ref('fct_journal') }} where not is_reversal and status <> 'reversed'
),

nearest as (
    select
        expected.*,
        journals.document_number as journal_number,
        journals.amount as journal_amount,
        journals.created_at as journal_created_at,
        journals.native_id is not null as is_posted,
        row_number() over (
            partition by expected.expected_key
            order by abs(journals.amount - expected.amount) nulls last, journals.native_id
        ) as place
    from expected
    left join journals on expected.platform = journals.platform and expected.journal_ref = journals.journal_ref
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
        case when is_posted then 'amount' end as attribute,
        case when is_posted then {{ plain_decimal('amount') }} else journal_ref end as expected_value,
        case when is_posted then {{ plain_decimal('journal_amount') }} end as observed_value,
        abs(amount - coalesce(journal_amount, 0)) as amount_at_risk,
        currency,
        case when is_posted then 'amount_differs' else kind end as cause,
        concat_ws(
            ' ', 'Journal', journal_ref, 'of', {{ readable_money('amount', 'currency') }}, 'for', source_document_number,
            'was due on', cast(posted_on as string), 'but',
            case
                when is_posted then concat_ws(' ', 'is', journal_number, 'of', {{ readable_money('journal_amount', 'currency') }}, 'in')
                else 'is not posted in'
            end,
            platform
        ) as evidence,
        greatest(due_at, coalesce(journal_created_at, due_at)) as due_at,
        cast(null as timestamp) as observed_version
    from nearest
    where place = 1 and (not is_posted or journal_amount is null or journal_amount <> amount)
),

final as (
    {{ judged('posting_missing') }}
)

select * from final
