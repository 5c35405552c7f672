{{ by_deal() }}

with systems as (
    select * from {{ ref('dim_system') }}
),

in_erp as (
    select
        documents.deal_key,
        documents.place
    from (
        select deal_key, platform, legal_entity, 3 as place from {{ ref('fct_order') }}
        union all
        select deal_key, platform, legal_entity, 5 as place from {{ ref('fct_invoice') }}
    ) as documents
    inner join systems
        on documents.platform = systems.platform and documents.legal_entity = systems.legal_entity and systems.role = 'erp'
),

claimed as (
    select deal_key from in_erp
    where place = 5
    union all
    select deal_key from {{ ref('fct_payment_allocation') }}
),

final as (
    select
        deal_key,
        cast(max(place) as bigint) as place
    from (
        select deal_key, case when is_accepted then 2 else 1 end as place from {{ ref('fct_quote') }}
        union all
        select deal_key, place from in_erp
        union all
        select deal_key, 4 as place from {{ ref('fct_subscription') }}
        union all
        select deal_key, 6 as place from {{ ref('fct_payment_allocation') }}
        union all
        select deal_key, 7 as place from {{ ref('fct_journal') }}
        where deal_key in (select deal_key from claimed)
    ) as reached
    group by deal_key
)

select * from final
