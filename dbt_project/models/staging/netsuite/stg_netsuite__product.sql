with

item as (
    select * from {{ ref('base_netsuite__item') }}
),

final as (
    select
        cast('netsuite' as string) as platform,
        cast('product' as string) as entity,
        cast(id as string) as native_id,
        cast(itemid as string) as document_number,
        cast(null as string) as legal_entity,
        cast(null as string) as currency,
        cast(case when isinactive then 'inactive' else 'active' end as string) as status,
        cast(createddate as timestamp) as created_at,
        cast(lastmodifieddate as timestamp) as source_updated_at,
        cast(q2c_read_at as timestamp) as observed_at,
        q2c_is_deleted as is_deleted,
        cast('{{ var('netsuite_url', 'https://system.netsuite.com') }}/app/common/item/item.nl?id=' || cast(id as string) as string) as source_url,
        cast(itemid as string) as product_code,
        cast(displayname as string) as name,
        cast(case when deferralaccount is null then 'one_time' else 'recurring' end as string) as charge_type,
        not coalesce(isinactive, false) and not q2c_is_deleted as is_active,
        cast(null as string) as unit,
        cast(null as string) as tax_code
    from item
)

select * from final
