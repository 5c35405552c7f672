{#- What each product costs in each company of each platform, in one currency: `platform, legal_entity, product_code, amount, currency, told`. -#}
{% macro list_prices() %}
    with prices as (
        select
            platform,
            legal_entity,
            product_code,
            currency,
            unit_price as amount
        from {{ ref('dim_price') }}
    )
    {{ in_one_currency('prices', ['platform', 'legal_entity', 'product_code'], 'max(amount)') }}
{% endmacro %}
