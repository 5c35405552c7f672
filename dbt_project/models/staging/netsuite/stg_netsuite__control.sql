with

trial_balance as (
    select * from {{ ref('base_netsuite__trial_balance') }}
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

final as (
    select
        cast('netsuite' as string) as platform,
        cast('trial_balance' as string) as report,
        cast(subsidiary.country as string) as legal_entity,
        upper(cast(subsidiary.currencysymbol as string)) as currency,
        cast(period.startdate as date) as period_on,
        cast(account.acctnumber as string) as measure,
        cast(trial_balance.transactions as bigint) as record_count,
        cast(trial_balance.debit - trial_balance.credit as decimal(18, 4)) as amount,
        cast({{ said_since('trial_balance') }} as timestamp) as observed_at,
        trial_balance.q2c_is_deleted as is_deleted
    from trial_balance
    left join subsidiary on trial_balance.subsidiary = subsidiary.id
    left join account on trial_balance.account = account.id
    left join period on trial_balance.postingperiod = period.id
)

select * from final
