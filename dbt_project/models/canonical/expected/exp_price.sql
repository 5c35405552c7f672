with prices as (
    select * from {{ ref('dim_price') }}
    where status is distinct from 'inactive'
),

periods as (
    select * from {{ ref('billing_periods') }}
),

systems as (
    select * from {{ ref('dim_system') }}
),

final as (
    select
        concat_ws(':', targets.platform, 'price', prices.product_code, prices.currency, coalesce(periods.billing_period, 'once')) as expected_key,
        cast(null as string) as deal_key,
        cast(null as string) as customer_key,
        prices.legal_entity,
        targets.platform as platform,
        'price' as entity,
        prices.platform as source_platform,
        prices.entity as source_entity,
        prices.native_id as source_native_id,
        prices.product_code as source_document_number,
        prices.source_updated_at as source_updated_at,
        prices.currency as currency,
        prices.created_at as due_at,
        prices.product_code,
        prices.charge_type,
        periods.billing_period,
        {{ unit_price(times('prices.unit_price', 'coalesce(periods.months, 1)')) }} as unit_price
    from prices
    inner join systems
        on prices.platform = systems.platform and prices.legal_entity = systems.legal_entity and systems.role = 'crm'
    inner join systems as targets
        on prices.legal_entity = targets.legal_entity and targets.role = 'billing'
    left join periods on prices.charge_type = 'recurring'
    where prices.product_code is not null and targets.platform in {{ platforms_with('price') }}
)

select * from final
