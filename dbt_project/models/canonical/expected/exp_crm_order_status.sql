{{ by_deal() }}

with systems as (
    select * from {{ ref('dim_system') }}
),

erp_orders as (
    select orders.*
    from {{ ref('fct_order') }} as orders
    inner join systems
        on orders.platform = systems.platform and orders.legal_entity = systems.legal_entity and systems.role = 'erp'
    where orders.status <> 'closed' and orders.quote_id is not null
),

oldest as (
    select
        *,
        row_number() over (partition by legal_entity, quote_id order by created_at nulls last, native_id) as age
    from erp_orders
),

crm_orders as (
    select orders.*
    from {{ ref('fct_order') }} as orders
    inner join systems
        on orders.platform = systems.platform and orders.legal_entity = systems.legal_entity and systems.role = 'crm'
),

final as (
    select
        concat_ws(':', crm_orders.platform, 'order_status', crm_orders.native_id) as expected_key,
        oldest.deal_key as deal_key,
        oldest.customer_key as customer_key,
        oldest.legal_entity,
        crm_orders.platform as platform,
        'order' as entity,
        oldest.platform as source_platform,
        oldest.entity as source_entity,
        oldest.native_id as source_native_id,
        oldest.document_number as source_document_number,
        oldest.source_updated_at as source_updated_at,
        oldest.currency as currency,
        greatest(oldest.created_at, crm_orders.created_at) as due_at,
        crm_orders.native_id,
        crm_orders.document_number,
        'activated' as status,
        oldest.document_number as erp_number,
        oldest.amount
    from oldest
    inner join crm_orders
        on oldest.legal_entity = crm_orders.legal_entity and oldest.quote_id = crm_orders.quote_id
    where oldest.age = 1
)

select * from final
