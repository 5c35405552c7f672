{{ by_deal('view') }}

with invoices as (
    select * from {{ ref('exp_invoice') }}
),

invoice_lines as (
    select * from {{ ref('fct_invoice_line') }}
),

final as (
    select
        concat_ws(':', invoices.platform, 'invoice_line', invoice_lines.native_id) as expected_key,
        invoices.deal_key as deal_key,
        invoices.customer_key as customer_key,
        invoices.legal_entity,
        invoices.platform as platform,
        'invoice_line' as entity,
        invoice_lines.platform as source_platform,
        invoice_lines.entity as source_entity,
        invoice_lines.native_id as source_native_id,
        invoices.billing_number as source_document_number,
        invoice_lines.source_updated_at as source_updated_at,
        invoices.currency as currency,
        invoices.due_at as due_at,
        invoices.expected_key as parent_key,
        invoices.billing_number,
        invoice_lines.line_number,
        invoice_lines.product_code,
        invoice_lines.quantity,
        invoice_lines.unit_price,
        invoice_lines.amount,
        invoice_lines.service_start_on,
        invoice_lines.service_end_on
    from invoice_lines
    inner join invoices
        on
            invoice_lines.platform = invoices.source_platform
            and invoice_lines.invoice_native_id = invoices.source_native_id
)

select * from final
