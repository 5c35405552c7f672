{{ by_deal() }}

with orders as (
    select * from {{ ref('order_of_quote') }} where place = 1
),

expected as (
    select
        lines.*,
        orders.native_id as order_native_id
    from {{ ref('exp_order_line') }} as lines
    inner join orders on lines.parent_key = orders.expected_key
),

observed as (
    select lines.*
    from {{ ref('fct_order_line') }} as lines
    inner join orders on lines.platform = orders.platform and lines.order_native_id = orders.native_id
),

sides as (
    select platform, order_native_id, product_code, quantity, amount, 1 as line_count
    from expected
    union all
    select platform, order_native_id, product_code, -quantity, -amount, -1 as line_count
    from observed
),

-- what was taken out and put in again, or changed in its line, may stand in other lines: by product it comes to the same
netted as (
    select
        order_native_id,
        platform,
        product_code
    from sides
    group by order_native_id, platform, product_code
    having sum(quantity) = 0 and sum(amount) = 0 and sum(line_count) <> 0
),

paired as (
    select
        coalesce(observed.platform, expected.platform) as platform,
        coalesce(observed.order_native_id, expected.order_native_id) as order_native_id,
        coalesce(observed.native_id, expected.source_native_id) as native_id,
        coalesce(observed.line_number, expected.line_number) as line_number,
        expected.product_code as expected_product,
        observed.product_code as observed_product,
        expected.quantity as expected_quantity,
        observed.quantity as observed_quantity,
        expected.unit_price as expected_unit_price,
        observed.unit_price as observed_unit_price,
        expected.amount as expected_amount,
        observed.amount as observed_amount,
        observed.quantity is not null and observed.unit_price is not null
        and expected.quantity is not null and expected.unit_price is not null as is_priced,
        observed.source_updated_at as observed_version,
        expected.source_updated_at as expected_changed_at,
        case
            when observed.native_id is null then 'line_missing'
            when expected.expected_key is null then 'line_surplus'
            when (observed.product_code is distinct from expected.product_code) then 'product'
            else 'values'
        end as cause
    from expected
    full outer join observed
        on
            expected.platform = observed.platform
            and expected.order_native_id = observed.order_native_id
            and expected.line_number = observed.line_number
    left join netted
        on
            coalesce(observed.platform, expected.platform) = netted.platform
            and coalesce(observed.order_native_id, expected.order_native_id) = netted.order_native_id
            and coalesce(observed.product_code, expected.product_code) = netted.product_code
    where netted.product_code is null
),

differing as (
    select
        paired.*,
        'product_code' as attribute,
        expected_product as expected_value,
        observed_product as observed_value,
        abs(coalesce(expected_amount, observed_amount)) as amount_at_risk
    from paired
    where cause <> 'values'
    union all
    select
        paired.*,
        'quantity' as attribute,
        {{ plain_decimal('expected_quantity') }} as expected_value,
        {{ plain_decimal('observed_quantity') }} as observed_value,
        abs({{ times('(observed_quantity - expected_quantity)', 'expected_unit_price') }}) as amount_at_risk
    from paired
    where cause = 'values' and observed_quantity is distinct from expected_quantity
    union all
    select
        paired.*,
        'unit_price' as attribute,
        {{ plain_decimal('expected_unit_price') }} as expected_value,
        {{ plain_decimal('observed_unit_price') }} as observed_value,
        abs({{ times('(observed_unit_price - expected_unit_price)', 'observed_quantity') }}) as amount_at_risk
    from paired
    where cause = 'values' and observed_unit_price is distinct from expected_unit_price
    union all
    select
        paired.*,
        'amount' as attribute,
        {{ plain_decimal('expected_amount') }} as expected_value,
        {{ plain_decimal('observed_amount') }} as observed_value,
        abs(coalesce(observed_amount, 0) - coalesce(expected_amount, 0)) as amount_at_risk
    from paired
    where
        cause = 'values'
        and (not is_priced or (observed_quantity = expected_quantity and observed_unit_price = expected_unit_price))
        and observed_amount is distinct from expected_amount
),

found as (
    select
        concat_ws(':', orders.native_id, cast(differing.line_number as string)) as identity,
        orders.source_platform,
        orders.deal_key,
        orders.legal_entity,
        'order_line' as entity,
        differing.platform,
        differing.native_id,
        orders.document_number,
        differing.attribute,
        differing.expected_value,
        differing.observed_value,
        differing.amount_at_risk,
        orders.currency,
        differing.cause,
        concat_ws(
            ' ', 'Line', cast(differing.line_number as string), 'of order', orders.document_number, 'in', orders.platform, 'has',
            differing.attribute, coalesce(differing.observed_value, 'none'), 'but quote', orders.quote_number, 'has',
            coalesce(differing.expected_value, 'none')
        ) as evidence,
        greatest(differing.expected_changed_at, orders.quote_updated_at, orders.created_at) as due_at,
        differing.observed_version
    from differing
    inner join orders on differing.platform = orders.platform and differing.order_native_id = orders.native_id
),

final as (
    {{ judged('order_line_differs') }}
)

select * from final
