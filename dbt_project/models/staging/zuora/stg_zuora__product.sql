with

product as (
    select * from {{ ref('base_zuora__product') }}
),

product_rate_plan as (
    select * from {{ ref('base_zuora__product_rate_plan') }}
),

product_rate_plan_charge as (
    select * from {{ ref('base_zuora__product_rate_plan_charge') }}
),

charged as (
    select
        product_rate_plan.product_id,
        case when bool_or(product_rate_plan_charge.charge_type = 'Recurring') then 'recurring' else 'one_time' end as charge_type,
        case when count(distinct product_rate_plan_charge.u_om) = 1 then max(product_rate_plan_charge.u_om) end as unit
    from product_rate_plan
    inner join product_rate_plan_charge
        on product_rate_plan.id = product_rate_plan_charge.product_rate_plan_id
    where not product_rate_plan.q2c_is_deleted and not product_rate_plan_charge.q2c_is_deleted
    group by product_rate_plan.product_id
),

sold as (
    select
        id,
        not q2c_is_deleted
        and cast(q2c_read_at as date) >= effective_start_date
        and cast(q2c_read_at as date) < effective_end_date as is_sold
    from product
),

final as (
    select
        cast('zuora' as string) as platform,
        cast('product' as string) as entity,
        cast(product.id as string) as native_id,
        cast(product.s_ku as string) as document_number,
        cast(null as string) as legal_entity,
        upper(cast(null as string)) as currency,
        cast(case when sold.is_sold then 'active' else 'inactive' end as string) as status,
        cast(product.created_date as timestamp) as created_at,
        cast(product.updated_date as timestamp) as source_updated_at,
        cast(product.q2c_read_at as timestamp) as observed_at,
        product.q2c_is_deleted as is_deleted,
        cast('{{ var('zuora_url', 'https://www.zuora.com') }}/apps/Product.do?method=view&id=' || product.id as string) as source_url,
        cast(product.s_ku as string) as product_code,
        cast(product.name as string) as name,
        cast(charged.charge_type as string) as charge_type,
        sold.is_sold as is_active,
        {{ unit_of_measure('charged.unit') }} as unit,
        cast(null as string) as tax_code
    from product
    inner join sold
        on product.id = sold.id
    left join charged
        on product.id = charged.product_id
)

select * from final
