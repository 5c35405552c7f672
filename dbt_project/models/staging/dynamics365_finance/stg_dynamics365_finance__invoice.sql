with

invoice as (
    select * from {{ ref('base_dynamics365_finance__sales_invoice') }}
),

payment_term as (
    select * from {{ ref('base_dynamics365_finance__payment_term') }}
),

allocation as (
    select * from {{ ref('stg_dynamics365_finance__payment_allocation') }}
),

settled as (
    select
        invoice_native_id,
        sum(amount) as amount
    from allocation
    where not is_deleted
    group by invoice_native_id
),

opened as (
    select
        invoice.*,
        invoice.data_area_id || '/' || invoice.invoice_number as native_id,
        invoice.total_invoice_amount - coalesce(settled.amount, 0) as balance
    from invoice
    left join settled on invoice.data_area_id || '/' || invoice.invoice_number = settled.invoice_native_id
),

final as (
    select
        cast('dynamics365_finance' as string) as platform,
        cast('invoice' as string) as entity,
        cast(opened.native_id as string) as native_id,
        cast(opened.invoice_number as string) as document_number,
        cast({{ legal_entity_of('dynamics365_finance', 'opened.data_area_id') }} as string) as legal_entity,
        upper(cast(opened.currency_code as string)) as currency,
        cast(case when sign(opened.balance) = sign(opened.total_invoice_amount) and opened.balance <> 0 then 'open' else 'paid' end as string) as status,
        cast(opened.invoice_date as timestamp) as created_at,
        cast(opened.q2c_version_at as timestamp) as source_updated_at,
        cast(opened.q2c_read_at as timestamp) as observed_at,
        opened.q2c_is_deleted as is_deleted,
        cast('{{ var('dynamics365_finance_url', 'https://www.office.com/launch/dynamics365') }}/?cmp=' || opened.data_area_id || '&mi=CustInvoiceJournal' as string) as source_url,
        cast(null as string) as billing_number,
        cast(opened.data_area_id || '/' || nullif(opened.sales_order_number, '') as string) as order_native_id,
        cast(opened.data_area_id || '/' || opened.invoice_customer_account_number as string) as customer_native_id,
        cast(opened.invoice_date as date) as invoiced_on,
        cast(
            opened.invoice_date + to_months(cast(payment_term.number_of_months as integer))
            + to_days(cast(payment_term.number_of_days as integer)) as date
        ) as due_on,
        cast(opened.total_invoice_amount as decimal(18, 4)) as amount,
        cast(opened.total_tax_amount as decimal(18, 4)) as tax_amount,
        cast(opened.balance as decimal(18, 4)) as balance
    from opened
    left join payment_term on opened.data_area_id = payment_term.data_area_id and opened.payment_terms_name = payment_term.name
)

select * from final
