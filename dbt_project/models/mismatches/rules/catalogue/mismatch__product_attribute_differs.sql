{%- set attributes = ['name', 'charge_type', 'unit'] -%}
with expected as (
    select * from {{ ref('exp_product') }} where is_active
),

products as (
    select * from {{ ref('dim_product') }} where is_active
),

copies as (
    select * from {{ ref('dim_copy') }} where entity = 'product'
),

list_prices as (
    {{ list_prices() }}
),

compared as (
    {% for attribute in attributes %}
    select
        expected.expected_key,
        products.native_id,
        products.created_at,
        products.source_updated_at as observed_version,
        '{{ attribute }}' as attribute,
        expected.{{ attribute }} as expected_value,
        products.{{ attribute }} as observed_value
    from expected
    inner join products on expected.platform = products.platform and expected.product_code = products.product_code
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

found as (
    select
        concat_ws(':', expected.expected_key, compared.native_id) as identity,
        expected.source_platform,
        expected.deal_key,
        expected.legal_entity,
        expected.entity,
        expected.platform,
        compared.native_id,
        expected.product_code as document_number,
        compared.attribute,
        compared.expected_value,
        compared.observed_value,
        list_prices.amount as amount_at_risk,
        case when list_prices.amount is null then expected.currency else list_prices.currency end as currency,
        'copy_differs' as cause,
        concat_ws(
            ' ', 'Product', expected.product_code, 'in', expected.platform, 'has', compared.attribute, compared.observed_value, 'but in',
            expected.source_platform, compared.expected_value, list_prices.told
        ) as evidence,
        greatest(expected.due_at, expected.source_updated_at, compared.created_at) as due_at,
        compared.observed_version
    from compared
    inner join expected on compared.expected_key = expected.expected_key
    inner join copies
        on
            expected.platform = copies.platform
            and expected.legal_entity = copies.legal_entity
            and compared.attribute = copies.attribute
    left join list_prices
        on
            expected.source_platform = list_prices.platform
            and expected.legal_entity = list_prices.legal_entity
            and expected.product_code = list_prices.product_code
    where lower(trim(compared.expected_value)) <> lower(trim(compared.observed_value))
),

final as (
    {{ judged('product_attribute_differs') }}
)

select * from final
