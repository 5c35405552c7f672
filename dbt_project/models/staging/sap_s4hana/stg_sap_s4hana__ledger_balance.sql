-- The system's own sums have no document types, so the items that are read are added up. Customers' items that are cleared are left out: they
-- come to nothing together, whatever cleared them, and are closed in the same row in which their document is.
with

item as (
    select
        *,
        ltrim(gl_account, '0') as account,
        financial_account_type = 'D' and coalesce(is_cleared, false) as is_settled
    from {{ ref('base_sap_s4hana__journal_entry_item') }}
    where not q2c_is_deleted
),

billing as (
    select * from {{ ref('base_sap_s4hana__billing_document') }}
),

entry as (
    select
        item.*,
        case when is_settled then 0 else amount_in_transaction_currency end as amount,
        -- what the items, or the billing documents, say that the others, read before, cannot have said yet
        case
            when coalesce(item.is_reversal, false) or (nullif(item.billing_document, '') is not null and billing.billing_document is null)
                then item.q2c_read_at
            when billing.billing_document_is_cancelled then billing.q2c_read_at
        end as ahead_at
    from item
    left join billing on item.billing_document = billing.billing_document
),

final as (
    select
        cast('sap_s4hana' as string) as platform,
        cast('ledger_balance' as string) as entity,
        cast(concat_ws('/', company_code, account, transaction_currency) as string) as native_id,
        cast(account as string) as document_number,
        cast(max({{ legal_entity_of('sap_s4hana', 'entry.company_code') }}) as string) as legal_entity,
        upper(cast(transaction_currency as string)) as currency,
        cast(null as string) as status,
        cast(null as timestamp) as created_at,
        cast(max(ahead_at) as timestamp) as source_updated_at,
        cast(max(q2c_read_at) as timestamp) as observed_at,
        false as is_deleted,
        cast(
            '{{ var('sap_s4hana_url', 'https://s4hana.cloud.sap') }}/ui#GLAccount-displayGLAccountLineItemReportingView?CompanyCode=' || company_code
            || '&GLAccount=' || account as string
        ) as source_url,
        cast(account as string) as account_code,
        cast(sum(greatest(amount, 0)) as decimal(18, 4)) as debit,
        cast(sum(greatest(-amount, 0)) as decimal(18, 4)) as credit
    from entry
    group by company_code, account, transaction_currency
)

select * from final
