with

billing as (
    select
        *,
        try_strptime(cast(creation_date as string) || coalesce(creation_time, 'PT00H00M00S'), '%Y-%m-%dPT%HH%MM%SS') as made_at
    from {{ ref('base_sap_s4hana__billing_document') }}
    where billing_document_type not in ('S1', 'G2')
),

billing_item as (
    select * from {{ ref('base_sap_s4hana__billing_document_item') }}
),

entry as (
    select
        *,
        concat_ws('/', company_code, accounting_document, fiscal_year) as document_id,
        try_strptime(
            cast(accounting_document_creation_date as string) || coalesce(creation_time, 'PT00H00M00S'), '%Y-%m-%dPT%HH%MM%SS'
        ) as made_at
    from {{ ref('base_sap_s4hana__journal_entry_item') }}
    where accounting_document_type = 'DR' and not coalesce(is_reversal, false)
),

billed as (
    select
        billing_item.billing_document as invoice_native_id,
        billing_item.billing_document_item as item,
        billing.company_code,
        billing.transaction_currency,
        billing.made_at,
        coalesce(billing.last_change_date_time, billing.made_at) as changed_at,
        billing_item.q2c_read_at,
        billing_item.q2c_is_deleted or billing.q2c_is_deleted as is_deleted,
        '/ui#BillingDocument-display?BillingDocument=' || billing_item.billing_document as page,
        cast(try_cast(billing_item.billing_document_item as bigint) // 10 as bigint) as line_number,
        billing_item.material,
        billing_item.billing_quantity as quantity,
        billing_item.net_amount as amount,
        billing_item.yy1_service_start_bdi as service_start_on,
        billing_item.yy1_service_end_bdi as service_end_on
    from billing_item
    inner join billing on billing_item.billing_document = billing.billing_document
),

booked as (
    select
        document_id as invoice_native_id,
        accounting_document_item as item,
        company_code,
        transaction_currency,
        made_at,
        coalesce(cast(last_change_date as timestamp), made_at) as changed_at,
        q2c_read_at,
        q2c_is_deleted as is_deleted,
        '/ui#AccountingDocument-displayFactSheet?CompanyCode=' || company_code || '&AccountingDocument=' || accounting_document
        || '&FiscalYear=' || fiscal_year as page,
        coalesce(try_cast(assignment_reference as bigint), try_cast(accounting_document_item as bigint)) as line_number,
        material,
        quantity,
        -amount_in_transaction_currency as amount,
        try_cast(split_part(document_item_text, '/', 1) as date) as service_start_on,
        try_cast(split_part(document_item_text, '/', 2) as date) as service_end_on
    from entry
    where financial_account_type = 'S' and coalesce(transaction_type_determination, '') <> 'MWS'
),

either as (
    select * from billed
    union all
    select * from booked
),

final as (
    select
        cast('sap_s4hana' as string) as platform,
        cast('invoice_line' as string) as entity,
        cast(invoice_native_id || '-' || item as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('sap_s4hana', 'either.company_code') }} as string) as legal_entity,
        upper(cast(transaction_currency as string)) as currency,
        cast(null as string) as status,
        cast(made_at as timestamp) as created_at,
        cast(changed_at as timestamp) as source_updated_at,
        cast(q2c_read_at as timestamp) as observed_at,
        is_deleted,
        cast('{{ var('sap_s4hana_url', 'https://s4hana.cloud.sap') }}' || page as string) as source_url,
        cast(invoice_native_id as string) as invoice_native_id,
        line_number,
        cast(nullif(material, '') as string) as product_code,
        cast(null as string) as variant,
        cast(null as string) as subscription_number,
        cast(quantity as decimal(18, 6)) as quantity,
        cast(amount / nullif(quantity, 0) as decimal(18, 6)) as unit_price,
        cast(amount as decimal(18, 4)) as amount,
        cast(service_start_on as date) as service_start_on,
        cast(service_end_on as date) as service_end_on
    from either
)

select * from final
