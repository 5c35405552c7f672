with

invoice as (
    select * from {{ ref('base_zuora__invoice') }}
),

account as (
    select * from {{ ref('base_zuora__account') }}
),

posted as (
    select
        account.legal_entity_c,
        invoice.currency,
        date_trunc('month', invoice.invoice_date) as period_on,
        invoice.amount,
        invoice.balance,
        invoice.q2c_read_at
    from invoice
    inner join account on invoice.account_id = account.id
    where invoice.status = 'Posted' and not invoice.q2c_is_deleted
),

measured as (
    select *, 'posted: amount' as measure, amount as measured from posted
    union all
    select *, 'posted: balance' as measure, balance as measured from posted
),

summed as (
    select
        legal_entity_c,
        currency,
        period_on,
        measure,
        count(*) as invoices,
        sum(measured) as amount,
        max(q2c_read_at) as q2c_read_at
    from measured
    group by legal_entity_c, currency, period_on, measure
),

final as (
    select
        cast('zuora' as string) as platform,
        cast('receivables' as string) as report,
        cast({{ legal_entity_of('zuora', 'summed.legal_entity_c') }} as string) as legal_entity,
        upper(cast(summed.currency as string)) as currency,
        cast(summed.period_on as date) as period_on,
        cast(summed.measure as string) as measure,
        cast(summed.invoices as bigint) as record_count,
        cast(summed.amount as decimal(18, 4)) as amount,
        cast(summed.q2c_read_at as timestamp) as observed_at
    from summed
)

select * from final
