with quotes as (
    select * from {{ ref('fct_quote') }}
    where {{ agreed() }}
),

first_sales as (
    select
        platform,
        customer_native_id,
        min(accepted_at) as accepted_at,
        min_by(deal_key, concat_ws('|', cast(accepted_at as string), native_id)) as deal_key
    from quotes
    group by platform, customer_native_id
),

customers as (
    select * from {{ ref('dim_customer') }}
),

systems as (
    select * from {{ ref('dim_system') }}
),

erp_terms as (
    select
        customers.customer_key,
        customers.legal_entity,
        min_by(customers.payment_terms, customers.native_id) as payment_terms,
        min_by(customers.is_on_hold, customers.native_id) as is_on_hold,
        max(customers.source_updated_at) as updated_at
    from customers
    inner join systems
        on customers.platform = systems.platform and customers.legal_entity = systems.legal_entity and systems.role = 'erp'
    group by customers.customer_key, customers.legal_entity
),

targets as (
    select distinct legal_entity, platform
    from systems
    where role in ('crm', 'orders', 'erp', 'billing', 'payments') and platform in {{ platforms_with('customer') }}
),

final as (
    select
        concat_ws(':', targets.platform, 'customer', customers.native_id) as expected_key,
        first_sales.deal_key as deal_key,
        customers.customer_key as customer_key,
        customers.legal_entity,
        targets.platform as platform,
        'customer' as entity,
        customers.platform as source_platform,
        customers.entity as source_entity,
        customers.native_id as source_native_id,
        customers.document_number as source_document_number,
        customers.source_updated_at as source_updated_at,
        customers.currency as currency,
        first_sales.accepted_at as due_at,
        customers.native_id as crm_id,
        customers.name,
        customers.email,
        customers.phone,
        customers.street,
        customers.city,
        customers.state,
        customers.postal_code,
        customers.country,
        customers.tax_number,
        erp_terms.payment_terms,
        erp_terms.is_on_hold,
        erp_terms.updated_at as erp_updated_at
    from first_sales
    inner join customers
        on first_sales.platform = customers.platform and first_sales.customer_native_id = customers.native_id
    inner join targets on customers.legal_entity = targets.legal_entity
    left join erp_terms
        on customers.customer_key = erp_terms.customer_key and customers.legal_entity = erp_terms.legal_entity
)

select * from final
