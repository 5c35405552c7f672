with systems as (
    select
        legal_entity,
        platform,
        {{ dbt.listagg('role', "', '", 'order by role') }} as roles
    from {{ ref('dim_system') }}
    group by legal_entity, platform
),

everywhere as (
    select
        platform,
        {{ dbt.listagg('distinct role', "', '", 'order by role') }} as roles
    from {{ ref('dim_system') }}
    group by platform
),

final as (
    select
        customers.customer_key,
        cast(coalesce(systems.roles, everywhere.roles) as string) as roles,
        customers.platform,
        customers.native_id,
        customers.document_number,
        customers.legal_entity,
        customers.name,
        customers.email,
        customers.country,
        customers.tax_number,
        customers.crm_id,
        customers.is_active,
        links.method,
        links.score,
        cast(
            case links.method
                when 'self' then 'the record of the CRM itself'
                when 'reference' then concat('it refers to the customer of the CRM: ', links.crm_id)
                when 'linked'
                    then concat(
                        'it refers to no customer of the CRM; what it says of itself agrees with this one, with a probability of ',
                        cast(links.score as string)
                    )
                when 'merged' then 'a person said so (identity_overrides)'
                when 'split' then 'a person said that it is a customer of its own (identity_overrides)'
                else 'it refers to no customer of the CRM and is like none: a customer of its own'
            end as string
        ) as evidence,
        cast(count(*) over (partition by customers.customer_key, customers.platform, customers.legal_entity) as bigint) as record_count,
        customers.source_url
    from {{ ref('dim_customer') }} as customers
    inner join {{ ref('xref_customer') }} as links
        on customers.platform = links.platform and customers.native_id = links.native_id
    left join systems on customers.platform = systems.platform and customers.legal_entity = systems.legal_entity
    left join everywhere on customers.platform = everywhere.platform
)

select * from final
