with expected as (
    select * from {{ ref('exp_posting') }}
),

journals as (
    select * from {{ ref('fct_journal') }} where not is_reversal and status <> 'reversed'
),

found as (
    select
        expected.expected_key as identity,
        expected.source_platform,
        expected.deal_key,
        expected.legal_entity,
        expected.entity,
        expected.platform,
        expected.source_native_id as native_id,
        expected.journal_ref as document_number,
        cast(null as string) as attribute,
        expected.journal_ref as expected_value,
        cast(null as string) as observed_value,
        expected.amount as amount_at_risk,
        expected.currency,
        expected.kind as cause,
        concat_ws(
            ' ', 'Journal', expected.journal_ref, 'of', {{ readable_money('expected.amount', 'expected.currency') }}, 'for',
            expected.source_document_number, 'was due on', cast(expected.posted_on as string), 'but is not posted in',
            expected.platform
        ) as evidence,
        expected.due_at,
        cast(null as timestamp) as observed_version
    from expected
    left join journals on expected.platform = journals.platform and expected.journal_ref = journals.journal_ref
    where journals.native_id is null
),

final as (
    {{ judged('posting_missing') }}
)

select * from final
