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

-- what nobody agreed to is not billed; what a renewal agrees is billed by the subscription that it renews
quotes as (
    select * from {{ ref('fct_quote') }}
    where {{ agreed() }} and (quote_type is distinct from 'renewal' or amended_quote_native_id is null)
),

final as (
    select
        concat_ws(':', targets.platform, 'subscription', oldest.quote_id) as expected_key,
        oldest.deal_key as deal_key,
        quotes.customer_key as customer_key,
        oldest.legal_entity,
        targets.platform as platform,
        'subscription' as entity,
        oldest.platform as source_platform,
        oldest.entity as source_entity,
        oldest.native_id as source_native_id,
        oldest.document_number as source_document_number,
        greatest(oldest.source_updated_at, quotes.source_updated_at) as source_updated_at,
        quotes.currency as currency,
        oldest.created_at as due_at,
        quotes.document_number as quote_number,
        oldest.document_number as order_number,
        quotes.customer_native_id as customer_crm_id,
        quotes.start_on,
        quotes.end_on,
        quotes.term_months,
        oldest.amount
    from oldest
    inner join quotes on oldest.quote_id = quotes.native_id and oldest.legal_entity = quotes.legal_entity
    inner join systems as targets
        on oldest.legal_entity = targets.legal_entity and targets.role = 'billing'
    where oldest.age = 1 and targets.platform in {{ platforms_with('subscription') }}
)

select * from final
