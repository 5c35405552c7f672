with

customer_company as (
    select * from {{ ref('base_sap_s4hana__customer_company') }}
),

entry as (
    select
        item.*,
        concat_ws('/', item.company_code, accounting_document, fiscal_year) as document_id,
        try_strptime(
            cast(accounting_document_creation_date as string) || coalesce(creation_time, 'PT00H00M00S'), '%Y-%m-%dPT%HH%MM%SS'
        ) as made_at,
        -- a down payment lies on an account of its own until it is applied
        coalesce(ltrim(gl_account, '0') <> ltrim(customer_company.reconciliation_account, '0'), false) as is_down_payment
    from {{ ref('base_sap_s4hana__journal_entry_item') }} as item
    left join customer_company on item.customer = customer_company.customer and item.company_code = customer_company.company_code
    where accounting_document_type = 'DZ' and financial_account_type = 'D' and not coalesce(is_reversal, false)
),

payment as (
    select
        document_id,
        company_code,
        accounting_document,
        fiscal_year,
        min(transaction_currency) as transaction_currency,
        bool_and(coalesce(is_reversed, false)) as is_reversed,
        min(made_at) as made_at,
        max(greatest(made_at, cast(last_change_date as timestamp), cast(clearing_creation_date as timestamp))) as changed_at,
        max(q2c_read_at) as q2c_read_at,
        bool_and(q2c_is_deleted) as q2c_is_deleted,
        min(nullif(document_item_text, '')) as payment_ref,
        min(nullif(assignment_reference, '')) as invoice_number,
        min(customer) as customer,
        -sum(amount_in_transaction_currency) as amount,
        -sum(case when coalesce(is_cleared, false) or is_down_payment then 0 else amount_in_transaction_currency end) as unapplied_amount,
        min(posting_date) as posting_date
    from entry
    group by document_id, company_code, accounting_document, fiscal_year
),

final as (
    select
        cast('sap_s4hana' as string) as platform,
        cast('payment' as string) as entity,
        cast(document_id as string) as native_id,
        cast(accounting_document as string) as document_number,
        cast({{ legal_entity_of('sap_s4hana', 'payment.company_code') }} as string) as legal_entity,
        upper(cast(transaction_currency as string)) as currency,
        cast(case when is_reversed then 'failed' else 'succeeded' end as string) as status,
        cast(made_at as timestamp) as created_at,
        cast(changed_at as timestamp) as source_updated_at,
        cast(q2c_read_at as timestamp) as observed_at,
        q2c_is_deleted as is_deleted,
        cast(
            '{{ var('sap_s4hana_url', 'https://s4hana.cloud.sap') }}/ui#AccountingDocument-displayFactSheet?CompanyCode=' || company_code
            || '&AccountingDocument=' || accounting_document || '&FiscalYear=' || fiscal_year as string
        ) as source_url,
        cast(payment_ref as string) as payment_ref,
        cast(invoice_number as string) as invoice_number,
        cast(customer as string) as customer_native_id,
        cast(amount as decimal(18, 4)) as amount,
        cast(null as decimal(18, 4)) as fee_amount,
        cast(posting_date as timestamp) as paid_at,
        cast(unapplied_amount as decimal(18, 4)) as unapplied_amount
    from payment
)

select * from final
