with invoices as (
    select * from {{ ref('act_create_invoice') }}
),

lines as (
    select * from {{ ref('exp_invoice_line') }}
),

final as (
    select
        invoices.action_key,
        lines.line_number,
        lines.product_code,
        lines.quantity,
        lines.unit_price,
        lines.amount,
        lines.service_start_on,
        lines.service_end_on
    from invoices
    inner join lines on invoices.platform = lines.platform and invoices.billing_number = lines.billing_number
)

select * from final
