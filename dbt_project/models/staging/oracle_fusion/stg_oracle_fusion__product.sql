with

item as (
    select * from {{ ref('base_oracle_fusion__item') }}
),

final as (
    select
        cast('oracle_fusion' as string) as platform,
        cast('product' as string) as entity,
        cast(item_id as string) as native_id,
        cast(item_number as string) as document_number,
        cast(null as string) as legal_entity,
        cast(null as string) as currency,
        cast(case when item_status_value = 'Active' then 'active' else 'inactive' end as string) as status,
        cast(creation_date_time as timestamp) as created_at,
        cast(last_update_date_time as timestamp) as source_updated_at,
        cast(q2c_read_at as timestamp) as observed_at,
        q2c_is_deleted as is_deleted,
        cast(nullif('{{ var('oracle_fusion_url', '') }}', '') || '/fscmUI/faces/deeplink?objType=EGP_ITEM&action=VIEW&objKey=' || cast(item_id as string) as string) as source_url,
        cast(item_number as string) as product_code,
        cast(item_description as string) as name,
        cast(case when sales_product_type_value = 'Subscription' then 'recurring' else 'one_time' end as string) as charge_type,
        coalesce(item_status_value = 'Active', false) and not q2c_is_deleted as is_active,
        {{ unit_of_measure('primary_uom_value') }} as unit,
        cast(null as string) as tax_code
    from item
)

select * from final
