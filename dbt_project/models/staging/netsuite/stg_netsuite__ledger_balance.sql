with

trial_balance as (
    select * from {{ ref('base_netsuite__trial_balance') }}
),

account as (
    select * from {{ ref('base_netsuite__account') }}
),

subsidiary as (
    select * from {{ ref('base_netsuite__subsidiary') }}
),

final as (
    select
        cast('netsuite' as string) as platform,
        cast('ledger_balance' as string) as entity,
        cast(concat_ws('-', trial_balance.subsidiary, trial_balance.account) as string) as native_id,
        cast(max(account.acctnumber) as string) as document_number,
        cast(max({{ legal_entity_of('netsuite', 'subsidiary.country') }}) as string) as legal_entity,
        cast(max(upper(subsidiary.currencysymbol)) as string) as currency,
        cast(null as string) as status,
        cast(null as timestamp) as created_at,
        cast(max({{ said_since('trial_balance') }}) as timestamp) as source_updated_at,
        cast(max(trial_balance.q2c_read_at) as timestamp) as observed_at,
        false as is_deleted,
        cast('{{ var('netsuite_url', 'https://system.netsuite.com') }}/app/accounting/account/account.nl?id=' || trial_balance.account as string) as source_url,
        cast(max(account.acctnumber) as string) as account_code,
        cast(sum(case when trial_balance.q2c_is_deleted then 0 else trial_balance.debit end) as decimal(18, 4)) as debit,
        cast(sum(case when trial_balance.q2c_is_deleted then 0 else trial_balance.credit end) as decimal(18, 4)) as credit
    from trial_balance
    left join account on trial_balance.account = account.id
    left join subsidiary on trial_balance.subsidiary = subsidiary.id
    group by trial_balance.subsidiary, trial_balance.account
)

select * from final
