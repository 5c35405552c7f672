with

product as (
    select * from {{ ref('base_hubspot__product') }}
),

final as (
    select
        cast('hubspot' as string) as platform,
        cast('product' as string) as entity,
        cast(product.id as string) as native_id,
        cast(product.hs_sku as string) as document_number,
        cast({{ legal_entity_of('hubspot') }} as string) as legal_entity,
        cast(null as string) as currency,
        cast(case when product.hs_status = 'inactive' then 'inactive' else 'active' end as string) as status,
        cast(product.created_at as timestamp) as created_at,
        cast(product.updated_at as timestamp) as source_updated_at,
        cast(product.q2c_read_at as timestamp) as observed_at,
        product.q2c_is_deleted as is_deleted,
        cast('{{ var('hubspot_url', 'https://app.hubspot.com') }}/0-7/' || product.id as string) as source_url,
        cast(product.hs_sku as string) as product_code,
        cast(product.name as string) as name,
        cast(case when product.recurringbillingfrequency is null then 'one_time' else 'recurring' end as string) as charge_type,
        (product.hs_status is distinct from 'inactive') as is_active,
        cast(null as string) as unit,
        cast(null as string) as tax_code
    from product
)

select * from final
