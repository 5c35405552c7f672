with

billing as (
    select
        *,
        try_strptime(cast(creation_date as string) || coalesce(creation_time, 'PT00H00M00S'), '%Y-%m-%dPT%HH%MM%SS') as made_at
    from {{ ref('base_sap_s4hana__billing_document') }}
    where billing_document_type not in ('S1', 'G2')
),

billing_item as (
    select
        billing_document,
        min(nullif(sales_document, '')) as sales_document
    from {{ ref('base_sap_s4hana__billing_document_item') }}
    group by billing_document
),

entry as (
    select
        *,
        concat_ws('/', company_code, accounting_document, fiscal_year) as document_id,
        try_strptime(
            cast(accounting_document_creation_date as string) || coalesce(creation_time, 'PT00H00M00S'), '%Y-%m-%dPT%HH%MM%SS'
        ) as made_at
    from {{ ref('base_sap_s4hana__journal_entry_item') }}
    where accounting_document_type in ('RV', 'DR')
),

receivable as (
    select * from entry
    where financial_account_type = 'D' and not coalesce(is_reversal, false)
),

tax as (
    select
        document_id,
        -sum(amount_in_transaction_currency) as amount
    from entry
    where transaction_type_determination = 'MWS'
    group by document_id
),

billed as (
    select
        billing.billing_document as native_id,
        billing.billing_document as document_number,
        billing.company_code,
        billing.transaction_currency,
        billing.billing_document_is_cancelled as is_void,
        receivable.is_cleared,
        receivable.document_id is null as is_unposted,
        billing.made_at,
        greatest(billing.made_at, billing.last_change_date_time, cast(receivable.clearing_creation_date as timestamp)) as changed_at,
        greatest(billing.q2c_read_at, receivable.q2c_read_at) as q2c_read_at,
        billing.q2c_is_deleted,
        '/ui#BillingDocument-display?BillingDocument=' || billing.billing_document as page,
        billing.document_reference_id,
        billing_item.sales_document,
        billing.sold_to_party,
        billing.billing_document_date as invoiced_on,
        receivable.net_due_date,
        billing.total_net_amount + billing.tax_amount as amount,
        billing.tax_amount
    from billing
    left join billing_item on billing.billing_document = billing_item.billing_document
    left join receivable on billing.billing_document = receivable.billing_document
),

booked as (
    select
        receivable.document_id as native_id,
        receivable.accounting_document as document_number,
        receivable.company_code,
        receivable.transaction_currency,
        receivable.is_reversed as is_void,
        receivable.is_cleared,
        false as is_unposted,
        receivable.made_at,
        greatest(
            receivable.made_at, cast(receivable.last_change_date as timestamp), cast(receivable.clearing_creation_date as timestamp)
        ) as changed_at,
        receivable.q2c_read_at,
        receivable.q2c_is_deleted,
        '/ui#AccountingDocument-displayFactSheet?CompanyCode=' || receivable.company_code || '&AccountingDocument='
        || receivable.accounting_document || '&FiscalYear=' || receivable.fiscal_year as page,
        receivable.document_reference_id,
        nullif(receivable.reference1_in_document_header, '') as sales_document,
        receivable.customer as sold_to_party,
        receivable.document_date as invoiced_on,
        receivable.net_due_date,
        receivable.amount_in_transaction_currency as amount,
        coalesce(tax.amount, 0) as tax_amount
    from receivable
    left join tax on receivable.document_id = tax.document_id
    where receivable.accounting_document_type = 'DR'
),

either as (
    select * from billed
    union all
    select * from booked
),

final as (
    select
        cast('sap_s4hana' as string) as platform,
        cast('invoice' as string) as entity,
        cast(native_id as string) as native_id,
        cast(document_number as string) as document_number,
        cast({{ legal_entity_of('sap_s4hana', 'either.company_code') }} as string) as legal_entity,
        upper(cast(transaction_currency as string)) as currency,
        cast(
            case
                when coalesce(is_void, false) then 'void'
                when is_unposted then 'draft'
                when coalesce(is_cleared, false) then 'paid'
                else 'open'
            end as string
        ) as status,
        cast(made_at as timestamp) as created_at,
        cast(changed_at as timestamp) as source_updated_at,
        cast(q2c_read_at as timestamp) as observed_at,
        q2c_is_deleted as is_deleted,
        cast('{{ var('sap_s4hana_url', 'https://s4hana.cloud.sap') }}' || page as string) as source_url,
        cast(nullif(document_reference_id, '') as string) as billing_number,
        cast(sales_document as string) as order_native_id,
        cast(nullif(sold_to_party, '') as string) as customer_native_id,
        cast(invoiced_on as date) as invoiced_on,
        cast(net_due_date as date) as due_on,
        cast(amount as decimal(18, 4)) as amount,
        cast(tax_amount as decimal(18, 4)) as tax_amount,
        cast(case when coalesce(is_cleared, false) or coalesce(is_void, false) then 0 else amount end as decimal(18, 4)) as balance
    from either
)

select * from final
