with recursive customers as (
    select * from {{ ref('obs_customer') }}
),

crm_platforms as (
    select distinct platform from {{ ref('dim_system') }}
    where role = 'crm'
),

crm_records as (
    select
        customers.platform,
        customers.native_id,
        customers.crm_id
    from customers
    inner join crm_platforms on customers.platform = crm_platforms.platform
),

merged as (
    select * from crm_records
    where crm_id <> native_id
),

followed as (
    select * from crm_records
    union
    select
        followed.platform,
        followed.native_id,
        merged.crm_id
    from followed
    inner join merged on followed.platform = merged.platform and followed.crm_id = merged.native_id
),

crm_customers as (
    select
        followed.platform,
        followed.native_id,
        coalesce(max(case when merged.native_id is null then followed.crm_id end), min(followed.crm_id)) as crm_id
    from followed
    left join merged on followed.platform = merged.platform and followed.crm_id = merged.native_id
    group by followed.platform, followed.native_id
),

final as (
    select
        customers.platform,
        customers.native_id,
        case
            when crm_customers.native_id is not null then concat_ws(':', crm_customers.platform, crm_customers.crm_id)
            else concat_ws(':', customers.platform, customers.native_id)
        end as customer_key,
        case
            when customers.platform = crm_platforms.platform and customers.native_id = crm_customers.crm_id then 'self'
            when crm_customers.native_id is not null then 'reference'
            else 'none'
        end as method,
        cast(case when crm_customers.native_id is not null then 1 else 0 end as decimal(5, 4)) as score,
        case when not customers.is_deleted then customers.crm_id end as crm_id
    from customers
    left join crm_platforms on customers.platform = crm_platforms.platform
    left join crm_customers on customers.crm_id = crm_customers.native_id
)

select * from final
