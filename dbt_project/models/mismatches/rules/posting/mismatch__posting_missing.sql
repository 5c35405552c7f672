{{ by_deal() }}

with expected as (
    select * from {{ ref('exp_posting') }}
),

journals as (
    select * from {{ ref('fct_journal') }} where not is_reversal and status <> 'reversed'
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
        cast(null as string) as attribute,
        journal_ref as expected_value,
        cast(null as string) as observed_value,
        amount as amount_at_risk,
        currency,
        kind as cause,
        concat_ws(
            ' ', 'Journal', journal_ref, 'of', {{ readable_money('amount', 'currency') }}, 'for', source_document_number,
            'was due on', cast(posted_on as string), 'but is not posted in', platform
        ) as evidence,
        due_at,
        cast(null as timestamp) as observed_version
    from expected
    where
        not exists (
            select 1 from journals
            where journals.platform = expected.platform and journals.journal_ref = expected.journal_ref
        )
),

final as (
    {{ judged('posting_missing') }}
)

select * from final
