with

account as (
    select * from {{ ref('base_zuora__account') }}
),

subscription as (
    select * from {{ ref('base_zuora__subscription') }}
),

rate_plan as (
    select * from {{ ref('base_zuora__rate_plan') }}
),

rate_plan_charge as (
    select * from {{ ref('base_zuora__rate_plan_charge') }}
),

rate_plan_charge_tier as (
    select * from {{ ref('base_zuora__rate_plan_charge_tier') }}
),

product as (
    select * from {{ ref('base_zuora__product') }}
),

version as (
    select
        *,
        row_number() over (
            partition by name
            order by q2c_is_deleted, is_latest_version desc nulls last, version desc nulls last, id
        ) as newness
    from subscription
),

charge as (
    select
        *,
        row_number() over (partition by subscription_id, charge_number order by segment desc nulls last, id) as newness
    from rate_plan_charge
),

price as (
    select
        *,
        row_number() over (partition by rate_plan_charge_id order by q2c_is_deleted, tier nulls last, id) as nth
    from rate_plan_charge_tier
),

final as (
    select
        cast('zuora' as string) as platform,
        cast('subscription_line' as string) as entity,
        cast(charge.charge_number as string) as native_id,
        cast(charge.charge_number as string) as document_number,
        cast({{ legal_entity_of('zuora', 'account.legal_entity_c') }} as string) as legal_entity,
        upper(cast(price.currency as string)) as currency,
        cast(null as string) as status,
        cast(charge.created_date as timestamp) as created_at,
        cast(greatest(charge.updated_date, price.updated_date) as timestamp) as source_updated_at,
        cast(charge.q2c_read_at as timestamp) as observed_at,
        charge.q2c_is_deleted or version.q2c_is_deleted as is_deleted,
        cast('{{ var('zuora_url', 'https://www.zuora.com') }}/apps/Subscription.do?method=view&id=' || version.id as string) as source_url,
        cast(version.name as string) as subscription_native_id,
        cast(product.s_ku as string) as product_code,
        cast(case when charge.charge_type = 'OneTime' then 'one_time' when charge.charge_type = 'Recurring' then 'recurring' end as string) as charge_type,
        cast(
            case when charge.charge_type = 'Recurring' and charge.billing_period in ('Month', 'Quarter', 'Annual') then charge.billing_period end as string
        ) as billing_period,
        cast(charge.quantity as decimal(18, 6)) as quantity,
        cast(price.price as decimal(18, 6)) as unit_price,
        cast(charge.effective_start_date as date) as effective_on,
        cast(
            case replace(lower(charge.billing_timing), '_', ' ') when 'in advance' then 'advance' when 'in arrears' then 'arrears' end as string
        ) as billing_timing
    from version
    left join account on version.account_id = account.id
    inner join charge
        on
            version.id = charge.subscription_id
            and charge.newness = 1
    inner join rate_plan
        on charge.rate_plan_id = rate_plan.id
    left join price
        on
            charge.id = price.rate_plan_charge_id
            and price.nth = 1
    left join product
        on rate_plan.product_id = product.id
    where version.newness = 1 and coalesce(rate_plan.amendment_type, '') <> 'RemoveProduct'
)

select * from final
