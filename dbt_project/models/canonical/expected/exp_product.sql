with products as (
    select * from {{ ref('dim_product') }}
),

systems as (
    select * from {{ ref('dim_system') }}
),

final as (
    select
        concat_ws(':', targets.platform, 'product', products.product_code) as expected_key,
        cast(null as string) as deal_key,
        cast(null as string) as customer_key,
        products.legal_entity,
        targets.platform as platform,
        'product' as entity,
        products.platform as source_platform,
        products.entity as source_entity,
        products.native_id as source_native_id,
        products.document_number as source_document_number,
        products.source_updated_at as source_updated_at,
        products.currency as currency,
        products.created_at as due_at,
        products.product_code,
        products.name,
        products.charge_type,
        products.is_active
    from products
    inner join systems
        on products.platform = systems.platform and products.legal_entity = systems.legal_entity and systems.role = 'crm'
    inner join systems as targets
        on products.legal_entity = targets.legal_entity and targets.role in ('erp', 'billing')
    where products.product_code is not null
)

select * from final
