-- what moved another balance of the account, as that of its cards, is in no payout of this one
with

balance_transaction as (
    select * from {{ ref('base_stripe__balance_transaction') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

moved as (
    select
        upper(currency) as currency,
        sum(net) as net,
        max(q2c_read_at) as q2c_read_at
    from balance_transaction
    where coalesce(balance_type, 'payments') = 'payments' and not q2c_is_deleted
    group by upper(currency)
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('balance' as string) as report,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(moved.currency as string) as currency,
        cast(null as date) as period_on,
        cast('available and pending' as string) as measure,
        cast(null as bigint) as record_count,
        cast({{ from_minor_units('moved.net', 'currencies.minor_units') }} as decimal(18, 4)) as amount,
        cast(moved.q2c_read_at as timestamp) as observed_at
    from moved
    left join currencies
        on moved.currency = currencies.currency
)

select * from final
