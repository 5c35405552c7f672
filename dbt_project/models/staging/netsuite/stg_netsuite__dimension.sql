with

department as (
    select * from {{ ref('base_netsuite__department') }}
),

final as (
    select
        cast('netsuite' as string) as platform,
        cast('dimension' as string) as entity,
        cast('department:' || cast(department.id as string) as string) as native_id,
        cast(department.fullname as string) as document_number,
        cast(null as string) as legal_entity,
        cast(null as string) as currency,
        cast(case when coalesce(department.isinactive, false) then 'inactive' else 'active' end as string) as status,
        cast(null as timestamp) as created_at,
        cast(department.q2c_version_at as timestamp) as source_updated_at,
        cast(department.q2c_read_at as timestamp) as observed_at,
        department.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('netsuite_url', 'https://system.netsuite.com') }}/app/common/otherlists/departmenttype.nl?id='
            || cast(department.id as string) as string
        ) as source_url,
        cast('department' as string) as kind,
        cast(department.fullname as string) as code,
        not coalesce(department.isinactive, false) as is_active
    from department
)

select * from final
