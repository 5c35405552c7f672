with

product as (
    select * from {{ ref('base_legacy_oms__products') }}
),

final as (
    select
        cast('legacy_oms' as string) as platform,
        cast('product' as string) as entity,
        cast(id as string) as native_id,
        cast(sku as string) as document_number,
        cast({{ legal_entity_of('legacy_oms') }} as string) as legal_entity,
        cast(null as string) as currency,
        cast(case when is_active then 'active' else 'inactive' end as string) as status,
        cast(created_at as timestamp) as created_at,
        cast(coalesce(committed_at, updated_at) as timestamp) as source_updated_at,
        cast(q2c_read_at as timestamp) as observed_at,
        q2c_is_deleted as is_deleted,
        case when '{{ var('legacy_oms_url', '') }}' <> '' then cast('{{ var('legacy_oms_url', '') }}/products/' || cast(id as string) as string) end as source_url,
        cast(sku as string) as product_code,
        cast(name as string) as name,
        cast(charge_type as string) as charge_type,
        coalesce(is_active, false) and not q2c_is_deleted as is_active,
        cast(null as string) as unit,
        cast(null as string) as tax_code
    from product
)

select * from final
