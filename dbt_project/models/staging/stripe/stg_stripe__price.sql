with

price as (
    select * from {{ ref('base_stripe__price') }}
),

product as (
    select * from {{ ref('base_stripe__product') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('price' as string) as entity,
        cast(price.id as string) as native_id,
        cast(price.lookup_key as string) as document_number,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(upper(price.currency) as string) as currency,
        cast(case when price.active and not price.q2c_is_deleted then 'active' else 'inactive' end as string) as status,
        cast(price.created as timestamp) as created_at,
        cast(coalesce(price.event_created, price.created) as timestamp) as source_updated_at,
        cast(price.q2c_read_at as timestamp) as observed_at,
        -- what is no longer offered, and what was made for one subscription, is no price of the catalogue
        coalesce(price.q2c_is_deleted or not price.active, false) as is_deleted,
        cast(
            '{{ var('stripe_url', 'https://dashboard.stripe.com') }}'
            || case when price.livemode then '' else '/test' end
            || '/prices/' || price.id
            as string
        ) as source_url,
        cast(coalesce(product.metadata_product_code, price.product) as string) as product_code,
        cast(price.type as string) as charge_type,
        cast(
            case
                when price.recurring_interval = 'month' and price.recurring_interval_count = 1 then 'Month'
                when price.recurring_interval = 'month' and price.recurring_interval_count = 3 then 'Quarter'
                when price.recurring_interval = 'year' and price.recurring_interval_count = 1 then 'Annual'
                when price.recurring_interval = 'month' and price.recurring_interval_count = 12 then 'Annual'
            end as string
        ) as billing_period,
        cast(
            price.unit_amount_decimal
            * case currencies.minor_units when 0 then 1 when 3 then 0.001 when 4 then 0.0001 else 0.01 end as decimal(18, 6)
        ) as unit_price
    from price
    left join product
        on price.product = product.id
    left join currencies
        on upper(price.currency) = currencies.currency
)

select * from final
