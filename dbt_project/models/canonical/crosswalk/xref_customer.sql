with customers as (
    select * from {{ ref('obs_customer') }}
),

crm_platforms as (
    select distinct platform from {{ ref('dim_system') }}
    where role = 'crm'
),

crm_customers as (
    select customers.platform, customers.native_id
    from customers
    inner join crm_platforms on customers.platform = crm_platforms.platform
),

final as (
    select
        customers.platform,
        customers.native_id,
        case
            when crm_platforms.platform is null and crm_customers.native_id is not null
                then concat_ws(':', crm_customers.platform, crm_customers.native_id)
            else concat_ws(':', customers.platform, customers.native_id)
        end as customer_key,
        case
            when crm_platforms.platform is not null then 'self'
            when crm_customers.native_id is not null then 'reference'
            else 'none'
        end as method,
        cast(
            case when crm_platforms.platform is not null or crm_customers.native_id is not null then 1 else 0 end as decimal(5, 4)
        ) as score
    from customers
    left join crm_platforms on customers.platform = crm_platforms.platform
    left join crm_customers on customers.crm_id = crm_customers.native_id
)

select * from final
