{#- Invoices that count, each with what its lines come to and how many they are: an invoice without lines is its total less its tax. One that was
    credited in full is undone, with its tax. -#}
{% macro taxed_invoices() %}
    select
        invoices.*,
        coalesce(lines.amount, invoices.amount - coalesce(invoices.tax_amount, 0)) as net_amount,
        coalesce(lines.line_count, 1) as line_count,
        lines.line_count is not null as has_lines
    from {{ ref('fct_invoice') }} as invoices
    left join (
        select platform, invoice_native_id, sum(amount) as amount, count(*) as line_count
        from {{ ref('fct_invoice_line') }}
        group by platform, invoice_native_id
    ) as lines on invoices.platform = lines.platform and invoices.native_id = lines.invoice_native_id
    left join {{ ref('credited_invoice') }} as credited on invoices.platform = credited.platform and invoices.native_id = credited.native_id
    where invoices.status in ('open', 'paid') and coalesce(credited.amount < invoices.amount, true)
{% endmacro %}
