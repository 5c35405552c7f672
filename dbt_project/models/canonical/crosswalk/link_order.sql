{{ by_deal() }}

with orders as (
    select * from {{ ref('obs_order') }}
),

quotes as (
    select * from {{ ref('link_quote') }}
),

-- what names no quote may have been matched to one
matched as (
    select
        links.platform,
        links.native_id,
        links.score,
        quotes.platform as quote_platform,
        quotes.native_id as quote_native_id,
        quotes.deal_key
    from {{ ref('matched_link') }} as links
    inner join quotes on links.parent_platform = quotes.platform and links.parent_native_id = quotes.native_id
    where links.entity = 'order'
),

final as (
    select
        orders.platform,
        orders.native_id,
        orders.document_number,
        orders.legal_entity,
        coalesce(quotes.deal_key, matched.deal_key, concat_ws(':', orders.platform, orders.native_id)) as deal_key,
        coalesce(quotes.platform, matched.quote_platform) as parent_platform,
        case when coalesce(quotes.native_id, matched.quote_native_id) is not null then 'quote' end as parent_entity,
        coalesce(quotes.native_id, matched.quote_native_id) as parent_native_id,
        case when quotes.native_id is null then matched.score end as matched_score
    from orders
    left join quotes on orders.quote_id = quotes.native_id
    left join matched on orders.platform = matched.platform and orders.native_id = matched.native_id
)

select * from final
