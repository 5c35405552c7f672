-- an entry older than its transaction was taken out of it when that changed; a journal that waits for approval, or was refused it, is not posted
with

transactions as (
    select * from {{ ref('base_netsuite__transaction') }}
),

entry as (
    select * from {{ ref('base_netsuite__transactionaccountingline') }}
),

subsidiary as (
    select * from {{ ref('base_netsuite__subsidiary') }}
),

header as (
    select * from transactions
    where type = 'Journal' and coalesce(posting, true)
),

total as (
    select
        entry.transaction,
        sum(entry.debit) as debit
    from entry
    inner join header on entry.transaction = header.id
    where entry.accountingbook = 1 and not entry.q2c_is_deleted and not coalesce(entry.lastmodifieddate < header.lastmodifieddate, false)
    group by entry.transaction
),

final as (
    select
        cast('netsuite' as string) as platform,
        cast('journal' as string) as entity,
        cast(header.id as string) as native_id,
        cast(header.tranid as string) as document_number,
        cast({{ legal_entity_of('netsuite', 'subsidiary.country') }} as string) as legal_entity,
        upper(cast(header.currencysymbol as string)) as currency,
        cast(case when header.reversal is not null and not header.isreversal then 'reversed' else 'posted' end as string) as status,
        cast(header.createddate as timestamp) as created_at,
        cast(header.lastmodifieddate as timestamp) as source_updated_at,
        cast(header.q2c_read_at as timestamp) as observed_at,
        header.q2c_is_deleted as is_deleted,
        cast('{{ var('netsuite_url', 'https://system.netsuite.com') }}/app/accounting/transactions/journal.nl?id=' || cast(header.id as string) as string) as source_url,
        cast(header.custbody_journal_ref as string) as journal_ref,
        cast(header.trandate as date) as posted_on,
        cast(coalesce(total.debit, 0) as decimal(18, 4)) as amount,
        coalesce(header.isreversal, false) as is_reversal,
        cast(case when not header.isreversal then header.reversal end as string) as reversed_by_native_id
    from header
    left join total on header.id = total.transaction
    left join subsidiary on header.subsidiary = subsidiary.id
)

select * from final
