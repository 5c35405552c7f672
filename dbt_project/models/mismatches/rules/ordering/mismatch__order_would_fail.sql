with expected as (
    select * from {{ ref('exp_order') }}
),

ranked as (
    select
        *,
        row_number() over (partition by expected_key order by place, says) as rank,
        count(*) over (partition by expected_key) as reason_count
    from {{ ref('order_refusal') }}
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
        expected.source_document_number as document_number,
        cast(null as string) as attribute,
        expected.quote_number as expected_value,
        cast(null as string) as observed_value,
        expected.amount as amount_at_risk,
        expected.currency,
        ranked.cause,
        concat_ws(
            ' ', 'Quote', expected.quote_number, 'of', {{ readable_money('expected.amount', 'expected.currency') }},
            'was accepted in', expected.source_platform, 'but', expected.platform, 'would refuse its order:', ranked.says,
            case when ranked.reason_count > 1 then concat('(and ', cast(ranked.reason_count - 1 as string), ' more)') end
        ) as evidence,
        expected.due_at,
        cast(null as timestamp) as observed_version
    from expected
    inner join ranked on expected.expected_key = ranked.expected_key and ranked.rank = 1
),

final as (
    {{ judged('order_would_fail') }}
)

select * from final
