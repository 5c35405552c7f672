-- nothing adds the accounts up there by currency; how many items there are is asked before they are read and again after them
with

item as (
    select *, ltrim(gl_account, '0') as account_code
    from {{ ref('base_sap_s4hana__journal_entry_item') }}
    where not q2c_is_deleted
),

counted as (
    select
        company_code,
        max({{ said_since('counted') }}) as said_since
    from {{ ref('base_sap_s4hana__item_count') }} as counted
    group by company_code
),

final as (
    select
        cast('sap_s4hana' as string) as platform,
        cast('ledger_balance' as string) as entity,
        cast(concat_ws('/', item.company_code, item.account_code, item.transaction_currency) as string) as native_id,
        cast(item.account_code as string) as document_number,
        cast(max({{ legal_entity_of('sap_s4hana', 'item.company_code') }}) as string) as legal_entity,
        cast(upper(item.transaction_currency) as string) as currency,
        cast(null as string) as status,
        cast(null as timestamp) as created_at,
        cast(max(counted.said_since) as timestamp) as source_updated_at,
        cast(max(item.q2c_read_at) as timestamp) as observed_at,
        false as is_deleted,
        cast(
            '{{ var('sap_s4hana_url', 'https://s4hana.cloud.sap') }}/ui#GLAccount-displayGLLineItemReportingView?CompanyCode=' || item.company_code
            || '&GLAccount=' || item.account_code as string
        ) as source_url,
        cast(item.account_code as string) as account_code,
        cast(sum(greatest(item.amount_in_transaction_currency, 0)) as decimal(18, 4)) as debit,
        cast(sum(greatest(-item.amount_in_transaction_currency, 0)) as decimal(18, 4)) as credit
    from item
    inner join counted on item.company_code = counted.company_code
    group by item.company_code, item.account_code, item.transaction_currency
)

select * from final
