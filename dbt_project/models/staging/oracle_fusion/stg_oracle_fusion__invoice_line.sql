with

invoice as (
    select * from {{ ref('base_oracle_fusion__invoice') }}
),

line as (
    select * from {{ ref('base_oracle_fusion__invoice_line') }}
),

lines_read as (
    select max(q2c_read_at) as at from line
),

-- the lines of a document are read together, with its stamp: one with an older stamp is gone, unless the document changed while it was read
document_read as (
    select customer_transaction_id, max(invoice_last_update_date) as invoice_last_update_date from line
    where invoice_last_update_date <= q2c_read_at
    group by customer_transaction_id
),

final as (
    select
        cast('oracle_fusion' as string) as platform,
        cast('invoice_line' as string) as entity,
        cast(line.customer_transaction_line_id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('oracle_fusion', 'invoice.business_unit') }} as string) as legal_entity,
        cast(upper(invoice.invoice_currency_code) as string) as currency,
        cast(null as string) as status,
        cast(invoice.creation_date as timestamp) as created_at,
        cast(line.invoice_last_update_date as timestamp) as source_updated_at,
        cast(line.q2c_read_at as timestamp) as observed_at,
        line.q2c_is_deleted or invoice.q2c_is_deleted
        or coalesce(line.invoice_last_update_date < document_read.invoice_last_update_date, false)
        or (line.invoice_last_update_date < invoice.last_update_date and invoice.last_update_date < lines_read.at) as is_deleted,
        cast(nullif('{{ var('oracle_fusion_url', '') }}', '') || '/fscmUI/faces/deeplink?objType=AR_TRANSACTION&action=VIEW&objKey=' || cast(line.customer_transaction_id as string) as string) as source_url,
        cast(line.customer_transaction_id as string) as invoice_native_id,
        cast(line.line_number as bigint) as line_number,
        cast(line.item_number as string) as product_code,
        cast(null as string) as variant,
        cast(null as string) as subscription_number,
        cast(line.quantity as decimal(18, 6)) as quantity,
        cast(line.unit_selling_price as decimal(18, 6)) as unit_price,
        cast(line.line_amount as decimal(18, 4)) as amount,
        cast(line.rule_start_date as date) as service_start_on,
        cast(line.rule_end_date as date) as service_end_on
    from line
    inner join invoice on line.customer_transaction_id = invoice.customer_transaction_id
    left join document_read on line.customer_transaction_id = document_read.customer_transaction_id
    cross join lines_read
)

select * from final
