with

billing as (
    select
        *,
        try_strptime(cast(creation_date as string) || coalesce(creation_time, 'PT00H00M00S'), '%Y-%m-%dT%HH%MM%SS') as made_at
    from {{ ref('base_sap_s4hana__billing_document') }}
    where billing_document_type = 'G2'
),

credited as (
    select
        billing_document,
        min(nullif(reference_sd_document, '')) as invoice_native_id
    from {{ ref('base_sap_s4hana__billing_document_item') }}
    group by billing_document
),

receivable as (
    select
        billing_document,
        -sum(case when coalesce(is_cleared, false) then 0 else amount_in_transaction_currency end) as balance
    from {{ ref('base_sap_s4hana__journal_entry_item') }}
    where financial_account_type = 'D' and not coalesce(is_reversal, false)
    group by billing_document
),

final as (
    select
        cast('sap_s4hana' as string) as platform,
        cast('credit_memo' as string) as entity,
        cast(billing.billing_document as string) as native_id,
        cast(billing.billing_document as string) as document_number,
        cast({{ legal_entity_of('sap_s4hana', 'billing.company_code') }} as string) as legal_entity,
        upper(cast(billing.transaction_currency as string)) as currency,
        cast(
            case
                when coalesce(billing.billing_document_is_cancelled, false) then 'void'
                when nullif(billing.accounting_document, '') is null then 'draft'
                else 'issued'
            end as string
        ) as status,
        cast(billing.made_at as timestamp) as created_at,
        cast(greatest(billing.made_at, billing.last_change_date_time) as timestamp) as source_updated_at,
        cast(billing.q2c_read_at as timestamp) as observed_at,
        billing.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('sap_s4hana_url', 'https://s4hana.cloud.sap') }}/ui#BillingDocument-display?BillingDocument=' || billing.billing_document as string
        ) as source_url,
        cast(nullif(billing.document_reference_id, '') as string) as billing_number,
        cast(credited.invoice_native_id as string) as invoice_native_id,
        cast(nullif(billing.sold_to_party, '') as string) as customer_native_id,
        cast(null as string) as reason,
        cast(billing.billing_document_date as date) as issued_on,
        cast(billing.total_net_amount + billing.tax_amount as decimal(18, 4)) as amount,
        cast(billing.tax_amount as decimal(18, 4)) as tax_amount,
        cast(receivable.balance as decimal(18, 4)) as balance
    from billing
    left join credited on billing.billing_document = credited.billing_document
    left join receivable on billing.billing_document = receivable.billing_document
)

select * from final
