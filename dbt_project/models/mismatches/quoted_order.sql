{{ by_deal('view') }}

with orders as (
    select * from {{ ref('fct_order') }}
),

links as (
    select * from {{ ref('link_order') }}
),

final as (
    select
        orders.platform,
        orders.entity,
        orders.native_id,
        orders.document_number,
        orders.deal_key,
        orders.legal_entity,
        orders.currency,
        orders.status,
        orders.created_at,
        orders.source_updated_at,
        orders.amount,
        coalesce(links.parent_native_id, orders.quote_id) as quote_id
    from orders
    left join links on orders.platform = links.platform and orders.native_id = links.native_id
)

select * from final
