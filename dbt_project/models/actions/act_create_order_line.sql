with orders as (
    select * from {{ ref('act_create_order') }}
),

lines as (
    select * from {{ ref('exp_order_line') }}
),

final as (
    select
        orders.action_key,
        lines.line_number,
        lines.product_code,
        lines.quantity,
        lines.unit_price,
        lines.amount
    from orders
    inner join lines on orders.platform = lines.platform and orders.quote_id = lines.quote_id
)

select * from final
