with

tier as (
    select * from {{ ref('base_zuora__product_rate_plan_charge_tier') }}
),

charge as (
    select * from {{ ref('base_zuora__product_rate_plan_charge') }}
),

plan as (
    select * from {{ ref('base_zuora__product_rate_plan') }}
),

product as (
    select * from {{ ref('base_zuora__product') }}
),

final as (
    select
        cast('zuora' as string) as platform,
        cast('price' as string) as entity,
        cast(tier.id as string) as native_id,
        cast(null as string) as document_number,
        cast(null as string) as legal_entity,
        upper(cast(tier.currency as string)) as currency,
        cast(case when tier.q2c_is_deleted then 'inactive' else 'active' end as string) as status,
        cast(tier.created_date as timestamp) as created_at,
        cast(tier.updated_date as timestamp) as source_updated_at,
        cast(tier.q2c_read_at as timestamp) as observed_at,
        tier.q2c_is_deleted as is_deleted,
        cast('{{ var('zuora_url', 'https://www.zuora.com') }}/apps/Product.do?method=view&id=' || plan.product_id as string) as source_url,
        cast(product.s_ku as string) as product_code,
        cast(case when charge.charge_type = 'OneTime' then 'one_time' when charge.charge_type = 'Recurring' then 'recurring' end as string) as charge_type,
        cast(
            case when charge.charge_type = 'Recurring' and charge.billing_period in ('Month', 'Quarter', 'Annual') then charge.billing_period end as string
        ) as billing_period,
        cast(tier.price as decimal(18, 6)) as unit_price
    from tier
    left join charge
        on tier.product_rate_plan_charge_id = charge.id
    left join plan
        on charge.product_rate_plan_id = plan.id
    left join product
        on plan.product_id = product.id
)

select * from final
