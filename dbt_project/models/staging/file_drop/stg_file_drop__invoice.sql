with lines as (

    select * from {{ ref('base_file_drop__retail_invoice_line') }}

),

invoices as (

    select
        trim(invoice_no) as invoice_no,
        min(invoice_date) as invoiced_at,
        max(q2c_read_at) as read_at,
        min(nullif(trim(customer_id), '')) as customer_id,
        sum(round({{ times('quantity', 'unit_price') }}, 2)) as amount
    from lines
    where not q2c_is_deleted
    group by trim(invoice_no)

),

final as (

    select
        cast('file_drop' as string) as platform,
        cast('invoice' as string) as entity,
        cast(invoice_no as string) as native_id,
        cast(invoice_no as string) as document_number,
        cast({{ legal_entity_of('file_drop', "'wholesale'") }} as string) as legal_entity,
        cast('GBP' as string) as currency,
        cast('open' as string) as status,
        cast(invoiced_at as timestamp) as created_at,
        cast(invoiced_at as timestamp) as source_updated_at,
        cast(read_at as timestamp) as observed_at,
        cast(false as boolean) as is_deleted,
        cast(null as string) as source_url,
        cast(invoice_no as string) as billing_number,
        cast(null as string) as order_native_id,
        cast(customer_id as string) as customer_native_id,
        cast(invoiced_at as date) as invoiced_on,
        cast(null as date) as due_on,
        cast(amount as decimal(18, 4)) as amount,
        cast(0 as decimal(18, 4)) as tax_amount,
        cast(amount as decimal(18, 4)) as balance
    from invoices

)

select * from final
