-- an entry older than its transaction was taken out of it when that changed; a journal that waits for approval, or was refused it, is not posted
with

transactions as (
    select * from {{ ref('base_netsuite__transaction') }}
),

entry as (
    select * from {{ ref('base_netsuite__transactionaccountingline') }}
),

line as (
    select * from {{ ref('base_netsuite__transactionline') }}
),

department as (
    select * from {{ ref('base_netsuite__department') }}
),

account as (
    select * from {{ ref('base_netsuite__account') }}
),

subsidiary as (
    select * from {{ ref('base_netsuite__subsidiary') }}
),

header as (
    select * from transactions
    where type = 'Journal' and coalesce(posting, true)
),

final as (
    select
        cast('netsuite' as string) as platform,
        cast('journal_line' as string) as entity,
        cast(entry.transaction as string) || '-' || cast(entry.transactionline as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('netsuite', 'subsidiary.country') }} as string) as legal_entity,
        upper(cast(header.currencysymbol as string)) as currency,
        cast(null as string) as status,
        cast(header.createddate as timestamp) as created_at,
        cast(entry.lastmodifieddate as timestamp) as source_updated_at,
        cast(entry.q2c_read_at as timestamp) as observed_at,
        entry.q2c_is_deleted or header.q2c_is_deleted or coalesce(entry.lastmodifieddate < header.lastmodifieddate, false) as is_deleted,
        cast('{{ var('netsuite_url', 'https://system.netsuite.com') }}/app/accounting/transactions/journal.nl?id=' || cast(entry.transaction as string) as string) as source_url,
        cast(entry.transaction as string) as journal_native_id,
        cast(entry.transactionline + 1 as bigint) as line_number,
        cast(account.acctnumber as string) as account_code,
        cast(department.fullname as string) as dimension,
        cast(coalesce(entry.debit, 0) as decimal(18, 4)) as debit,
        cast(coalesce(entry.credit, 0) as decimal(18, 4)) as credit
    from entry
    inner join header on entry.transaction = header.id
    left join line on entry.transaction = line.transaction and entry.transactionline = line.id
    left join department on line.department = department.id
    left join account on entry.account = account.id
    left join subsidiary on header.subsidiary = subsidiary.id
    where entry.accountingbook = 1
)

select * from final
