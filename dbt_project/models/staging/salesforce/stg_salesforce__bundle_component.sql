with

product_option as (
    select * from {{ ref('base_salesforce__sbqq_product_option') }}
),

product as (
    select * from {{ ref('base_salesforce__product2') }}
),

final as (
    select
        cast('salesforce' as string) as platform,
        cast('bundle_component' as string) as entity,
        cast(product_option.id as string) as native_id,
        cast(component.product_code as string) as document_number,
        cast(null as string) as legal_entity,
        cast(null as string) as currency,
        cast('active' as string) as status,
        cast(product_option.created_date as timestamp) as created_at,
        cast(product_option.system_modstamp as timestamp) as source_updated_at,
        cast(product_option.q2c_read_at as timestamp) as observed_at,
        product_option.q2c_is_deleted as is_deleted,
        cast('{{ var('salesforce_url', 'https://login.salesforce.com') }}/' || product_option.id as string) as source_url,
        cast(product.product_code as string) as product_code,
        cast(component.product_code as string) as component_code,
        cast(coalesce(product_option.sbqq_quantity_c, 1) as decimal(18, 6)) as quantity,
        coalesce(product_option.sbqq_required_c, false) as is_required
    from product_option
    left join product on product_option.sbqq_configured_sku_c = product.id
    left join product as component on product_option.sbqq_optional_sku_c = component.id
)

select * from final
