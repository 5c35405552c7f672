-- an entry older than its transaction was taken out of it when that changed
with

header as (
    select * from {{ ref('base_netsuite__transaction') }}
),

entry as (
    select * from {{ ref('base_netsuite__transactionaccountingline') }}
),

account as (
    select * from {{ ref('base_netsuite__account') }}
),

period as (
    select * from {{ ref('base_netsuite__accountingperiod') }}
),

subsidiary as (
    select * from {{ ref('base_netsuite__subsidiary') }}
),

posted as (
    select
        header.subsidiary,
        entry.account,
        header.postingperiod,
        count(distinct header.id) as transactions,
        sum(coalesce(entry.debit, 0) - coalesce(entry.credit, 0)) as amount,
        max(entry.q2c_read_at) as q2c_read_at
    from entry
    inner join header on entry.transaction = header.id and entry.lastmodifieddate >= header.lastmodifieddate
    where entry.accountingbook = 1 and not entry.q2c_is_deleted and not header.q2c_is_deleted
    group by header.subsidiary, entry.account, header.postingperiod
),

final as (
    select
        cast('netsuite' as string) as platform,
        cast('trial_balance' as string) as report,
        cast(subsidiary.country as string) as legal_entity,
        upper(cast(subsidiary.currencysymbol as string)) as currency,
        cast(period.startdate as date) as period_on,
        cast(account.acctnumber as string) as measure,
        cast(posted.transactions as bigint) as record_count,
        cast(posted.amount as decimal(18, 4)) as amount,
        cast(posted.q2c_read_at as timestamp) as observed_at
    from posted
    left join subsidiary on posted.subsidiary = subsidiary.id
    left join account on posted.account = account.id
    left join period on posted.postingperiod = period.id
)

select * from final
