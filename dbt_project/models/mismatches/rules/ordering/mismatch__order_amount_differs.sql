with orders as (
    select * from {{ ref('order_of_quote') }}
),

expected_lines as (
    select
        parent_key,
        sum(amount) as amount
    from {{ ref('exp_order_line') }}
    group by parent_key
),

observed_lines as (
    select
        platform,
        order_native_id,
        sum(amount) as amount
    from {{ ref('fct_order_line') }}
    group by platform, order_native_id
),

incomplete as (
    select * from {{ ref('incomplete_document') }} where entity = 'quote'
),

compared as (
    select
        orders.*,
        coalesce(observed_lines.amount, 0) - coalesce(expected_lines.amount, 0) as explained_by_lines,
        incomplete.says as incomplete_says
    from orders
    left join expected_lines on orders.expected_key = expected_lines.parent_key
    left join observed_lines on orders.platform = observed_lines.platform and orders.native_id = observed_lines.order_native_id
    left join incomplete on orders.source_platform = incomplete.platform and orders.quote_id = incomplete.native_id
    where orders.place = 1
),

differing as (
    select
        compared.*,
        'amount' as attribute,
        case when incomplete_says is null then 'header_amount' else 'document_incomplete' end as cause,
        {{ plain_decimal('expected_amount') }} as expected_value,
        {{ plain_decimal('amount') }} as observed_value,
        abs(coalesce(amount, 0) - coalesce(expected_amount, 0) - explained_by_lines) as amount_at_risk,
        concat_ws(' ', 'and its lines do not explain it', incomplete_says) as says
    from compared
    where
        currency is not distinct from expected_currency
        and amount is distinct from expected_amount
        and amount is distinct from expected_amount + explained_by_lines
    union all
    select
        compared.*,
        'currency' as attribute,
        'currency' as cause,
        expected_currency as expected_value,
        currency as observed_value,
        coalesce(amount, expected_amount) as amount_at_risk,
        'in another currency' as says
    from compared
    where currency is distinct from expected_currency
),

found as (
    select
        native_id as identity,
        source_platform,
        deal_key,
        legal_entity,
        'order' as entity,
        platform,
        native_id,
        document_number,
        attribute,
        expected_value,
        observed_value,
        amount_at_risk,
        currency,
        cause,
        concat_ws(
            ' ', 'Order', document_number, 'in', platform, 'amounts to', {{ readable_money('amount', 'currency') }},
            'but its quote', quote_number, 'to', {{ readable_money('expected_amount', 'expected_currency') }}, says
        ) as evidence,
        greatest(quote_updated_at, created_at) as due_at,
        source_updated_at as observed_version
    from differing
),

final as (
    {{ judged('order_amount_differs') }}
)

select * from final
