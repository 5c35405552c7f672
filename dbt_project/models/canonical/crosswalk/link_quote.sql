{{ by_deal() }}

with quotes as (
    select * from {{ ref('obs_quote') }}
),

opportunities as (
    select * from {{ ref('obs_opportunity') }}
),

final as (
    select
        quotes.platform,
        quotes.native_id,
        quotes.document_number,
        quotes.legal_entity,
        concat_ws(':', quotes.platform, coalesce(opportunities.native_id, quotes.native_id)) as deal_key,
        opportunities.platform as parent_platform,
        opportunities.entity as parent_entity,
        opportunities.native_id as parent_native_id
    from quotes
    left join opportunities
        on quotes.platform = opportunities.platform and quotes.opportunity_native_id = opportunities.native_id
)

select * from final
