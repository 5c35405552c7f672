-- What moved the account's balance, day by day as Stripe's own report groups it: the figure that everything else must come to.
with

balance_transaction as (
    select * from {{ ref('base_stripe__balance_transaction') }}
),

final as (
    select
        cast(created as date) as activity_on,
        cast(reporting_category as string) as reporting_category,
        cast(upper(currency) as string) as currency,
        cast(count(*) as bigint) as transaction_count,
        cast(sum(amount) as decimal(18, 0)) as gross,
        cast(sum(fee) as decimal(18, 0)) as fee,
        cast(sum(net) as decimal(18, 0)) as net
    from balance_transaction
    where not q2c_is_deleted
    group by cast(created as date), reporting_category, upper(currency)
)

select * from final
