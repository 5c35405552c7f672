with

balance as (
    select * from {{ ref('base_stripe__balance') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('balance' as string) as report,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(upper(balance.currency) as string) as currency,
        cast(null as date) as period_on,
        cast('available and pending' as string) as measure,
        cast(null as bigint) as record_count,
        cast({{ from_minor_units('balance.amount', 'currencies.minor_units') }} as decimal(18, 4)) as amount,
        cast({{ said_since('balance') }} as timestamp) as observed_at,
        balance.q2c_is_deleted as is_deleted
    from balance
    left join currencies
        on upper(balance.currency) = currencies.currency
)

select * from final
