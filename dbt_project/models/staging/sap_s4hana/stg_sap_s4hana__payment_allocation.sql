with

item as (
    select
        *,
        concat_ws('/', company_code, accounting_document, fiscal_year) as document_id,
        concat_ws('/', company_code, clearing_accounting_document, clearing_doc_fiscal_year) as clearing_id
    from {{ ref('base_sap_s4hana__journal_entry_item') }}
    where
        financial_account_type = 'D'
        and is_cleared
        and not coalesce(is_reversal, false)
        and not coalesce(is_reversed, false)
),

payment as (
    select
        *,
        count(*) over (partition by clearing_id) as of_clearing
    from item
    where accounting_document_type = 'DZ'
),

invoice as (
    select
        *,
        count(*) over (partition by clearing_id) as of_clearing
    from item
    where accounting_document_type in ('RV', 'DR')
),

applied as (
    select
        payment.document_id as payment_id,
        coalesce(nullif(invoice.billing_document, ''), invoice.document_id) as invoice_id,
        payment.company_code,
        payment.accounting_document,
        payment.fiscal_year,
        payment.transaction_currency,
        payment.clearing_date,
        payment.clearing_creation_date,
        least(-payment.amount_in_transaction_currency, invoice.amount_in_transaction_currency) as amount,
        greatest(payment.q2c_read_at, invoice.q2c_read_at) as q2c_read_at,
        payment.q2c_is_deleted or invoice.q2c_is_deleted as q2c_is_deleted
    from payment
    inner join invoice on payment.clearing_id = invoice.clearing_id and payment.customer = invoice.customer
    where
        payment.assignment_reference = invoice.document_reference_id
        or payment.of_clearing = 1
        or invoice.of_clearing = 1
),

final as (
    select
        cast('sap_s4hana' as string) as platform,
        cast('payment_allocation' as string) as entity,
        cast(payment_id || '-' || invoice_id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('sap_s4hana', 'applied.company_code') }} as string) as legal_entity,
        upper(cast(transaction_currency as string)) as currency,
        cast(null as string) as status,
        cast(clearing_creation_date as timestamp) as created_at,
        cast(clearing_creation_date as timestamp) as source_updated_at,
        cast(q2c_read_at as timestamp) as observed_at,
        q2c_is_deleted as is_deleted,
        cast(
            '{{ var('sap_s4hana_url', 'https://s4hana.cloud.sap') }}/ui#AccountingDocument-displayFactSheet?CompanyCode=' || company_code
            || '&AccountingDocument=' || accounting_document || '&FiscalYear=' || fiscal_year as string
        ) as source_url,
        cast(payment_id as string) as payment_native_id,
        cast(invoice_id as string) as invoice_native_id,
        cast(amount as decimal(18, 4)) as amount,
        cast(clearing_date as date) as applied_on
    from applied
)

select * from final
