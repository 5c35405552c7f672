{{ by_deal() }}

with quotes as (
    select * from {{ ref('obs_quote') }}
),

-- an amendment belongs to the deal that it amends
amended as (
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
        concat_ws(':', quotes.platform, coalesce(opportunities.native_id, amended.native_id, quotes.native_id)) as deal_key,
        coalesce(amended.platform, opportunities.platform) as parent_platform,
        coalesce(amended.entity, opportunities.entity) as parent_entity,
        coalesce(amended.native_id, opportunities.native_id) as parent_native_id
    from quotes
    left join amended
        on quotes.platform = amended.platform and quotes.amended_quote_native_id = amended.native_id and quotes.quote_type = 'amendment'
    left join opportunities
        on
            quotes.platform = opportunities.platform
            and case when amended.native_id is null then quotes.opportunity_native_id else amended.opportunity_native_id end
            = opportunities.native_id
)

select * from final
