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

compared as (
    select
        orders.*,
        coalesce(observed_lines.amount, 0) - coalesce(expected_lines.amount, 0) as explained_by_lines
    from orders
    left join expected_lines on orders.expected_key = expected_lines.parent_key
    left join observed_lines on orders.platform = observed_lines.platform and orders.native_id = observed_lines.order_native_id
    where orders.place = 1
),

found as (
    select
        compared.native_id as identity,
        compared.source_platform,
        compared.deal_key,
        compared.legal_entity,
        'order' as entity,
        compared.platform,
        compared.native_id,
        compared.document_number,
        'amount' as attribute,
        {{ plain_decimal('compared.expected_amount') }} as expected_value,
        {{ plain_decimal('compared.amount') }} as observed_value,
        abs(compared.amount - compared.expected_amount - compared.explained_by_lines) as amount_at_risk,
        compared.currency,
        'header_amount' as cause,
        concat_ws(
            ' ', 'Order', compared.document_number, 'in', compared.platform, 'amounts to',
            {{ readable_money('compared.amount', 'compared.currency') }}, 'but its quote', compared.quote_number, 'to',
            {{ readable_money('compared.expected_amount', 'compared.currency') }}, 'and its lines do not explain it'
        ) as evidence,
        greatest(compared.quote_updated_at, compared.source_updated_at) as due_at,
        compared.source_updated_at as observed_version
    from compared
    where
        compared.amount <> compared.expected_amount
        and compared.amount <> compared.expected_amount + compared.explained_by_lines
),

final as (
    {{ judged('order_amount_differs') }}
)

select * from final
