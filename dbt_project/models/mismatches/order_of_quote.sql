{{ by_deal() }}

with orders as (
    select * from {{ ref('quoted_order') }}
),

expected as (
    select * from {{ ref('exp_order') }}
),

final as (
    select
        orders.platform,
        orders.native_id,
        orders.document_number,
        orders.deal_key,
        orders.legal_entity,
        orders.currency,
        orders.status,
        orders.created_at,
        orders.source_updated_at,
        orders.amount,
        expected.expected_key,
        expected.quote_id,
        expected.quote_number,
        expected.source_platform,
        expected.source_updated_at as quote_updated_at,
        expected.amount as expected_amount,
        expected.currency as expected_currency,
        cast(
            row_number() over (partition by expected.expected_key order by orders.created_at nulls last, orders.native_id) as bigint
        ) as place
    from orders
    inner join expected
        on
            orders.platform = expected.platform
            and orders.legal_entity = expected.legal_entity
            and orders.quote_id = expected.quote_id
    where orders.status is distinct from 'closed'
)

select * from final
