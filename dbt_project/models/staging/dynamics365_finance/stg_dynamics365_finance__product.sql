with

product as (
    select * from {{ ref('base_dynamics365_finance__product') }}
),

final as (
    select
        cast('dynamics365_finance' as string) as platform,
        cast('product' as string) as entity,
        cast(product.data_area_id || '/' || product.item_number as string) as native_id,
        cast(product.item_number as string) as document_number,
        cast({{ legal_entity_of('dynamics365_finance', 'product.data_area_id') }} as string) as legal_entity,
        upper(cast(null as string)) as currency,
        cast(case when product.product_lifecycle_state_id = 'Obsolete' then 'inactive' else 'active' end as string) as status,
        cast(null as timestamp) as created_at,
        cast(product.q2c_version_at as timestamp) as source_updated_at,
        cast(product.q2c_read_at as timestamp) as observed_at,
        product.q2c_is_deleted as is_deleted,
        cast('{{ var('dynamics365_finance_url', 'https://www.office.com/launch/dynamics365') }}/?cmp=' || product.data_area_id || '&mi=EcoResProductDetailsExtendedGrid' as string) as source_url,
        cast(product.item_number as string) as product_code,
        cast(nullif(product.search_name, '') as string) as name,
        cast(case when product.rev_rec_revenue_recognition_enabled = 'Yes' then 'recurring' else 'one_time' end as string) as charge_type,
        coalesce(product.product_lifecycle_state_id, '') <> 'Obsolete' and not product.q2c_is_deleted as is_active,
        {{ unit_of_measure('product.sales_unit_symbol') }} as unit,
        cast(nullif(product.sales_sales_tax_item_group_code, '') as string) as tax_code
    from product
)

select * from final
