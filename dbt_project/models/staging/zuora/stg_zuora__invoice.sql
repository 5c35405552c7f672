with

account as (
    select * from {{ ref('base_zuora__account') }}
),

invoice as (
    select * from {{ ref('base_zuora__invoice') }}
),

final as (
    select
        cast('zuora' as string) as platform,
        cast('invoice' as string) as entity,
        cast(invoice.id as string) as native_id,
        cast(invoice.invoice_number as string) as document_number,
        cast({{ legal_entity_of('zuora', 'account.legal_entity_c') }} as string) as legal_entity,
        upper(cast(invoice.currency as string)) as currency,
        cast(
            case
                when invoice.status in ('Draft', 'Generating', 'PendingForTax') then 'draft'
                when invoice.status in ('Canceled', 'CancelInProgress', 'Split') or invoice.reversed then 'void'
                when invoice.status = 'Posted' and invoice.balance = 0 then 'paid'
                when invoice.status = 'Posted' then 'open'
            end as string
        ) as status,
        cast(invoice.created_date as timestamp) as created_at,
        cast(invoice.updated_date as timestamp) as source_updated_at,
        cast(invoice.q2c_read_at as timestamp) as observed_at,
        invoice.q2c_is_deleted as is_deleted,
        cast('{{ var('zuora_url', 'https://www.zuora.com') }}/apps/NewInvoice.do?method=view&id=' || invoice.id as string) as source_url,
        cast(invoice.invoice_number as string) as billing_number,
        cast(null as string) as order_native_id,
        cast(invoice.account_id as string) as customer_native_id,
        cast(invoice.invoice_date as date) as invoiced_on,
        cast(invoice.due_date as date) as due_on,
        cast(invoice.amount as decimal(18, 4)) as amount,
        cast(invoice.tax_amount as decimal(18, 4)) as tax_amount,
        cast(invoice.balance as decimal(18, 4)) as balance
    from invoice
    left join account on invoice.account_id = account.id
)

select * from final
