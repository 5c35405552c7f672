{{ by_deal() }}

with orders as (
    select * from {{ ref('exp_order') }}
),

quote_lines as (
    select * from {{ ref('fct_quote_line') }}
),

counts as (
    select
        platform,
        quote_native_id,
        max(line_number) as last_number
    from quote_lines
    group by platform, quote_native_id
),

-- what an amendment adds, or below zero takes away, is one line more
agreed as (
    select
        platform, entity, native_id, quote_native_id, source_updated_at, line_number, product_code, quantity, unit_price, amount
    from quote_lines
    union all
    select
        amended.platform,
        'quote_line' as entity,
        amended.native_id,
        amended.amended_quote_native_id as quote_native_id,
        amended.source_updated_at,
        counts.last_number + amended.place as line_number,
        amended.product_code,
        amended.quantity_change as quantity,
        amended.unit_price,
        amended.amount
    from {{ ref('amended_line') }} as amended
    inner join counts
        on amended.platform = counts.platform and amended.amended_quote_native_id = counts.quote_native_id
),

final as (
    select
        concat_ws(':', orders.platform, 'order_line', agreed.native_id) as expected_key,
        orders.deal_key as deal_key,
        orders.customer_key as customer_key,
        orders.legal_entity,
        orders.platform as platform,
        'order_line' as entity,
        agreed.platform as source_platform,
        agreed.entity as source_entity,
        agreed.native_id as source_native_id,
        orders.quote_number as source_document_number,
        agreed.source_updated_at as source_updated_at,
        orders.currency as currency,
        orders.due_at as due_at,
        orders.expected_key as parent_key,
        orders.quote_id,
        agreed.line_number,
        agreed.product_code,
        agreed.quantity,
        agreed.unit_price,
        agreed.amount
    from agreed
    inner join orders
        on agreed.platform = orders.source_platform and agreed.quote_native_id = orders.quote_id
)

select * from final
