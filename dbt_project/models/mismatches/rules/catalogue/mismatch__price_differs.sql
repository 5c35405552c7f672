with expected as (
    select * from {{ ref('exp_price') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

prices as (
    select * from {{ ref('dim_price') }}
),

found as (
    select
        concat_ws(':', expected.expected_key, prices.native_id) as identity,
        expected.source_platform,
        expected.deal_key,
        expected.legal_entity,
        expected.entity,
        expected.platform,
        coalesce(prices.native_id, expected.source_native_id) as native_id,
        expected.product_code as document_number,
        'unit_price' as attribute,
        {{ plain_decimal('expected.unit_price') }} as expected_value,
        {{ plain_decimal('prices.unit_price') }} as observed_value,
        abs(coalesce(expected.unit_price, 0) - coalesce(prices.unit_price, 0)) as amount_at_risk,
        expected.currency,
        case when prices.native_id is null then 'price_missing' else 'price_differs' end as cause,
        concat_ws(
            ' ', 'Price of', expected.product_code, 'per', coalesce(expected.billing_period, 'unit'), 'in', expected.platform, 'is',
            case when prices.unit_price is null then 'missing' else {{ readable_money('prices.unit_price', 'prices.currency') }} end, 'but the price book of',
            expected.source_platform, 'gives', {{ readable_money('expected.unit_price', 'expected.currency') }}
        ) as evidence,
        greatest(expected.due_at, expected.source_updated_at, prices.created_at) as due_at,
        prices.source_updated_at as observed_version
    from expected
    left join prices
        on
            expected.platform = prices.platform
            and expected.product_code = prices.product_code
            and expected.billing_period is not distinct from prices.billing_period
            and expected.currency is not distinct from prices.currency
    where
        (prices.native_id is null or prices.unit_price is distinct from expected.unit_price)
        and exists (
            select 1 from products
            where products.platform = expected.platform and products.product_code = expected.product_code
        )
),

final as (
    {{ judged('price_differs') }}
)

select * from final
