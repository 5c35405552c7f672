{{ by_deal() }}

with contracts as (
    select * from {{ ref('obs_contract') }}
),

quotes as (
    select * from {{ ref('link_quote') }}
),

numbered as (
    {{ one_per_number(ref('link_quote'), ['legal_entity']) }}
),

final as (
    select
        contracts.platform,
        contracts.native_id,
        contracts.document_number,
        coalesce(quotes.deal_key, numbered.deal_key, concat_ws(':', contracts.platform, contracts.native_id)) as deal_key,
        coalesce(quotes.platform, numbered.platform) as parent_platform,
        case when coalesce(quotes.native_id, numbered.native_id) is not null then 'quote' end as parent_entity,
        coalesce(quotes.native_id, numbered.native_id) as parent_native_id
    from contracts
    left join quotes on contracts.quote_id = quotes.native_id
    left join numbered
        on contracts.legal_entity = numbered.legal_entity and contracts.quote_number = numbered.document_number
)

select * from final
