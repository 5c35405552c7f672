{{ by_deal() }}

with subscriptions as (
    select * from {{ ref('obs_subscription') }}
),

quotes as (
    {{ one_per_number(ref('link_quote'), ['legal_entity']) }}
),

orders as (
    {{ one_per_number(ref('link_order'), ['legal_entity']) }}
),

final as (
    select
        subscriptions.platform,
        subscriptions.native_id,
        subscriptions.document_number,
        subscriptions.legal_entity,
        coalesce(quotes.deal_key, orders.deal_key, concat_ws(':', subscriptions.platform, subscriptions.native_id)) as deal_key,
        coalesce(quotes.platform, orders.platform) as parent_platform,
        case when quotes.native_id is not null then 'quote' when orders.native_id is not null then 'order' end as parent_entity,
        coalesce(quotes.native_id, orders.native_id) as parent_native_id
    from subscriptions
    left join quotes
        on subscriptions.legal_entity = quotes.legal_entity and subscriptions.quote_number = quotes.document_number
    left join orders
        on subscriptions.legal_entity = orders.legal_entity and subscriptions.order_number = orders.document_number
)

select * from final
