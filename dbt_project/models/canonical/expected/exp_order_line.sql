{{ by_deal() }}

with orders as (
    select * from {{ ref('exp_order') }}
),

quote_lines as (
    select * from {{ ref('fct_quote_line') }}
),

final as (
    select
        concat_ws(':', orders.platform, 'order_line', quote_lines.native_id) as expected_key,
        orders.deal_key as deal_key,
        orders.customer_key as customer_key,
        orders.legal_entity,
        orders.platform as platform,
        'order_line' as entity,
        quote_lines.platform as source_platform,
        quote_lines.entity as source_entity,
        quote_lines.native_id as source_native_id,
        orders.quote_number as source_document_number,
        quote_lines.source_updated_at as source_updated_at,
        orders.currency as currency,
        orders.due_at as due_at,
        orders.expected_key as parent_key,
        orders.quote_id,
        quote_lines.line_number,
        quote_lines.product_code,
        quote_lines.quantity,
        quote_lines.unit_price,
        quote_lines.amount
    from quote_lines
    inner join orders
        on quote_lines.platform = orders.source_platform and quote_lines.quote_native_id = orders.quote_id
)

select * from final
