with expected as (
    select * from {{ ref('exp_product') }} where is_active
),

products as (
    select * from {{ ref('dim_product') }}
),

list_prices as (
    {{ list_prices() }}
),

found as (
    select
        concat_ws(':', expected.expected_key, products.native_id) as identity,
        expected.source_platform,
        expected.deal_key,
        expected.legal_entity,
        expected.entity,
        expected.platform,
        coalesce(products.native_id, expected.source_native_id) as native_id,
        expected.product_code as document_number,
        case when products.native_id is not null then 'is_active' end as attribute,
        case when products.native_id is null then expected.product_code else 'true' end as expected_value,
        cast(products.is_active as string) as observed_value,
        list_prices.amount as amount_at_risk,
        case when list_prices.amount is null then expected.currency else list_prices.currency end as currency,
        case when products.native_id is null then 'record_missing' else 'inactive' end as cause,
        concat_ws(
            ' ', 'Product', expected.product_code, expected.name, 'is sold in', expected.source_platform, 'but',
            case when products.native_id is null then 'does not exist in' else 'is inactive in' end, expected.platform,
            list_prices.told
        ) as evidence,
        greatest(expected.due_at, expected.source_updated_at, products.created_at) as due_at,
        products.source_updated_at as observed_version
    from expected
    left join products on expected.platform = products.platform and expected.product_code = products.product_code
    left join list_prices
        on
            expected.source_platform = list_prices.platform
            and expected.legal_entity = list_prices.legal_entity
            and expected.product_code = list_prices.product_code
    where products.native_id is null or products.is_active is distinct from true
),

final as (
    {{ judged('product_missing_or_inactive') }}
)

select * from final
