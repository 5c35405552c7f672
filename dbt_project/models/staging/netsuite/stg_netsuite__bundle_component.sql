with

member as (
    select * from {{ ref('base_netsuite__kititemmember') }}
),

item as (
    select * from {{ ref('base_netsuite__item') }}
),

final as (
    select
        cast('netsuite' as string) as platform,
        cast('bundle_component' as string) as entity,
        cast(concat_ws('-', member.parentitem, member.linenumber) as string) as native_id,
        cast(component.itemid as string) as document_number,
        cast(null as string) as legal_entity,
        cast(null as string) as currency,
        cast('active' as string) as status,
        cast(null as timestamp) as created_at,
        cast(member.q2c_version_at as timestamp) as source_updated_at,
        cast(member.q2c_read_at as timestamp) as observed_at,
        member.q2c_is_deleted as is_deleted,
        cast('{{ var('netsuite_url', 'https://system.netsuite.com') }}/app/common/item/item.nl?id=' || cast(member.parentitem as string) as string) as source_url,
        cast(item.itemid as string) as product_code,
        cast(component.itemid as string) as component_code,
        cast(coalesce(member.quantity, 1) as decimal(18, 6)) as quantity,
        true as is_required
    from member
    left join item on member.parentitem = item.id
    left join item as component on member.item = component.id
)

select * from final
