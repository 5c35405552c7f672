with

subscription_item as (
    select * from {{ ref('base_stripe__subscription_item') }}
),

invoiceitem as (
    select * from {{ ref('base_stripe__invoiceitem') }}
),

product as (
    select * from {{ ref('base_stripe__product') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

recurring as (
    select
        id,
        subscription,
        product,
        currency,
        'recurring' as charge_type,
        recurring_interval,
        recurring_interval_count,
        recurring_usage_type,
        cast(quantity as decimal(18, 6)) as quantity,
        unit_amount_decimal,
        created,
        event_created,
        livemode,
        q2c_read_at,
        q2c_is_deleted
    from subscription_item
),

-- what is billed once with a subscription is an item of an invoice; what settles a change in mid-period was not agreed
once as (
    select
        id,
        subscription,
        product,
        currency,
        'one_time' as charge_type,
        cast(null as string) as recurring_interval,
        cast(null as bigint) as recurring_interval_count,
        cast(null as string) as recurring_usage_type,
        cast(quantity as decimal(18, 6)) as quantity,
        unit_amount_decimal,
        date as created,
        event_created,
        livemode,
        q2c_read_at,
        q2c_is_deleted
    from invoiceitem
    where subscription is not null and not proration
),

line as (
    select * from recurring
    union all
    select * from once
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('subscription_line' as string) as entity,
        cast(line.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(upper(line.currency) as string) as currency,
        cast(null as string) as status,
        cast(line.created as timestamp) as created_at,
        cast(coalesce(line.event_created, line.created) as timestamp) as source_updated_at,
        cast(line.q2c_read_at as timestamp) as observed_at,
        line.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('stripe_url', 'https://dashboard.stripe.com') }}'
            || case when line.livemode then '' else '/test' end
            || '/subscriptions/' || line.subscription
            as string
        ) as source_url,
        cast(line.subscription as string) as subscription_native_id,
        cast(coalesce(product.metadata_product_code, line.product) as string) as product_code,
        cast(line.charge_type as string) as charge_type,
        cast(
            case
                when line.recurring_interval = 'month' and line.recurring_interval_count = 1 then 'Month'
                when line.recurring_interval = 'month' and line.recurring_interval_count = 3 then 'Quarter'
                when line.recurring_interval = 'year' and line.recurring_interval_count = 1 then 'Annual'
                when line.recurring_interval = 'month' and line.recurring_interval_count = 12 then 'Annual'
            end as string
        ) as billing_period,
        line.quantity,
        cast(
            line.unit_amount_decimal
            * case currencies.minor_units when 0 then 1 when 3 then 0.001 when 4 then 0.0001 else 0.01 end as decimal(18, 6)
        ) as unit_price,
        cast(null as date) as effective_on,
        cast(case line.recurring_usage_type when 'licensed' then 'advance' when 'metered' then 'arrears' end as string) as billing_timing
    from line
    left join product
        on line.product = product.id
    left join currencies
        on upper(line.currency) = currencies.currency
)

select * from final
