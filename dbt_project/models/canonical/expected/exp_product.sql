with products as (
    select * from {{ ref('dim_product') }}
),

systems as (
    select * from {{ ref('dim_system') }}
),

-- a product without a company is sold by every one that the CRM serves, and expected once where those share a platform
wanted as (
    select
        products.*,
        targets.platform as target_platform,
        targets.legal_entity as target_legal_entity,
        row_number() over (
            partition by targets.platform, products.platform, products.native_id order by targets.legal_entity, targets.role
        ) as place
    from products
    inner join systems
        on
            products.platform = systems.platform
            and coalesce(products.legal_entity, systems.legal_entity) = systems.legal_entity
            and systems.role = 'crm'
    inner join systems as targets
        on systems.legal_entity = targets.legal_entity and targets.role in ('erp', 'billing')
    where products.product_code is not null and targets.platform in {{ platforms_with('product') }}
),

final as (
    select
        concat_ws(':', target_platform, 'product', product_code) as expected_key,
        cast(null as string) as deal_key,
        cast(null as string) as customer_key,
        target_legal_entity as legal_entity,
        target_platform as platform,
        'product' as entity,
        platform as source_platform,
        entity as source_entity,
        native_id as source_native_id,
        document_number as source_document_number,
        source_updated_at as source_updated_at,
        currency as currency,
        created_at as due_at,
        product_code,
        name,
        charge_type,
        is_active,
        unit
    from wanted
    where place = 1
)

select * from final
