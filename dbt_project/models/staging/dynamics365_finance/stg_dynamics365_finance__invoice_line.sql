with

line as (
    select * from {{ ref('base_dynamics365_finance__sales_invoice_line') }}
),

invoice as (
    select * from {{ ref('base_dynamics365_finance__sales_invoice') }}
),

final as (
    select
        cast('dynamics365_finance' as string) as platform,
        cast('invoice_line' as string) as entity,
        cast(concat_ws('/', line.data_area_id, line.invoice_number, line.line_creation_sequence_number) as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('dynamics365_finance', 'line.data_area_id') }} as string) as legal_entity,
        upper(cast(line.currency_code as string)) as currency,
        cast(null as string) as status,
        cast(line.invoice_date as timestamp) as created_at,
        cast(line.q2c_version_at as timestamp) as source_updated_at,
        cast(line.q2c_read_at as timestamp) as observed_at,
        line.q2c_is_deleted or coalesce(invoice.q2c_is_deleted, false) as is_deleted,
        cast('{{ var('dynamics365_finance_url', 'https://www.office.com/launch/dynamics365') }}/?cmp=' || line.data_area_id || '&mi=CustInvoiceJournal' as string) as source_url,
        cast(line.data_area_id || '/' || line.invoice_number as string) as invoice_native_id,
        cast(line.line_creation_sequence_number as bigint) as line_number,
        cast(nullif(line.product_number, '') as string) as product_code,
        cast(nullif(line.product_name, '') as string) as variant,
        cast(null as string) as subscription_number,
        cast(line.invoiced_quantity as decimal(18, 6)) as quantity,
        cast(line.sales_price as decimal(18, 6)) as unit_price,
        cast(line.line_amount as decimal(18, 4)) as amount,
        nullif(line.service_start_date_custom, date '1900-01-01') as service_start_on,
        nullif(line.service_end_date_custom, date '1900-01-01') as service_end_on
    from line
    left join invoice
        on
            line.data_area_id = invoice.data_area_id
            and line.invoice_number = invoice.invoice_number
            and line.invoice_date = invoice.invoice_date
            and line.ledger_voucher = invoice.ledger_voucher
)

select * from final
