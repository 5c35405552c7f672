{{ by_deal() }}

with orders as (
    select * from {{ ref('obs_order') }}
),

quotes as (
    select * from {{ ref('link_quote') }}
),

final as (
    select
        orders.platform,
        orders.native_id,
        orders.document_number,
        orders.legal_entity,
        coalesce(quotes.deal_key, concat_ws(':', orders.platform, orders.native_id)) as deal_key,
        quotes.platform as parent_platform,
        case when quotes.native_id is not null then 'quote' end as parent_entity,
        quotes.native_id as parent_native_id
    from orders
    left join quotes on orders.quote_id = quotes.native_id
)

select * from final
