{%- set off_by = times('abs(lines.list_price - in_force.unit_price)', '10000') -%}
{%- set listed = times('lines.list_price', '10000') -%}
with quotes as (
    select * from {{ ref('fct_quote') }}
    where status is distinct from 'rejected'
),

lines as (
    select * from {{ ref('fct_quote_line') }}
),

prices as (
    select * from {{ ref('dim_price') }}
    where status is distinct from 'inactive'
),

currencies as (
    select * from {{ ref('currencies') }}
),

-- what was touched after the line was made may have been another price when it was
in_force as (
    select
        lines.platform,
        lines.native_id,
        max(prices.unit_price) as unit_price,
        max(prices.source_updated_at) as changed_at
    from lines
    inner join prices
        on
            lines.platform = prices.platform
            and lines.legal_entity = prices.legal_entity
            and lines.product_code = prices.product_code
            and lines.currency = prices.currency
    group by lines.platform, lines.native_id, lines.list_price, lines.created_at
    having
        max(prices.source_updated_at) <= lines.created_at
        and not bool_or(coalesce(prices.unit_price = lines.list_price, true))
),

found as (
    select
        lines.native_id as identity,
        lines.platform as source_platform,
        lines.deal_key,
        lines.legal_entity,
        lines.entity,
        lines.platform,
        lines.native_id,
        coalesce(quotes.document_number, lines.quote_native_id) as document_number,
        'list_price' as attribute,
        {{ plain_decimal('in_force.unit_price') }} as expected_value,
        {{ plain_decimal('lines.list_price') }} as observed_value,
        {{ share_of('lines.amount', 'round(' ~ off_by ~ ', 0)', 'cast(round(' ~ listed ~ ', 0) as bigint)', 'currencies.minor_units') }}
            as amount_at_risk,
        lines.currency,
        'price_outdated' as cause,
        concat_ws(
            ' ', 'Quote', coalesce(quotes.document_number, lines.quote_native_id), 'in', lines.platform, 'has', lines.product_code, 'at a list price of',
            {{ readable_money('lines.list_price', 'lines.currency') }}, 'but its price book has given',
            {{ readable_money('in_force.unit_price', 'lines.currency') }}, 'since', cast(cast(in_force.changed_at as date) as string)
        ) as evidence,
        greatest(lines.created_at, in_force.changed_at) as due_at,
        lines.source_updated_at as observed_version
    from in_force
    inner join lines on in_force.platform = lines.platform and in_force.native_id = lines.native_id
    inner join quotes on lines.platform = quotes.platform and lines.quote_native_id = quotes.native_id
    left join currencies on lines.currency = currencies.currency
),

final as (
    {{ judged('quote_price_outdated') }}
)

select * from final
