{{ by_deal() }}

with recursive quotes as (
    select * from {{ ref('obs_quote') }}
),

opportunities as (
    select * from {{ ref('obs_opportunity') }}
),

-- an amendment or a renewal belongs to the deal of the contract that it names
followed as (
    select
        quotes.platform,
        quotes.native_id,
        contracts.entity as contract_entity,
        contracts.native_id as contract_native_id
    from quotes
    inner join quotes as contracts
        on quotes.platform = contracts.platform and quotes.amended_quote_native_id = contracts.native_id
    where quotes.quote_type in ('amendment', 'renewal') and quotes.native_id <> contracts.native_id
),

roots as (
    select
        quotes.platform,
        quotes.native_id,
        quotes.native_id as root_native_id,
        quotes.opportunity_native_id
    from quotes
    left join followed on quotes.platform = followed.platform and quotes.native_id = followed.native_id
    where followed.native_id is null
    union all
    select
        followed.platform,
        followed.native_id,
        roots.root_native_id,
        roots.opportunity_native_id
    from followed
    inner join roots on followed.platform = roots.platform and followed.contract_native_id = roots.native_id
),

final as (
    select
        quotes.platform,
        quotes.native_id,
        quotes.document_number,
        quotes.legal_entity,
        concat_ws(':', quotes.platform, coalesce(opportunities.native_id, roots.root_native_id, quotes.native_id)) as deal_key,
        case when followed.native_id is not null then quotes.platform else opportunities.platform end as parent_platform,
        coalesce(followed.contract_entity, opportunities.entity) as parent_entity,
        coalesce(followed.contract_native_id, opportunities.native_id) as parent_native_id
    from quotes
    left join followed on quotes.platform = followed.platform and quotes.native_id = followed.native_id
    left join roots on quotes.platform = roots.platform and quotes.native_id = roots.native_id
    left join opportunities
        on quotes.platform = opportunities.platform and roots.opportunity_native_id = opportunities.native_id
)

select * from final
