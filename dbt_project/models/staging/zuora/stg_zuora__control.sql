with

receivables as (
    select * from {{ ref('base_zuora__receivables') }}
),

measured as (
    select *, 'posted: amount' as measure, amount as measured from receivables
    union all
    select *, 'posted: balance' as measure, balance as measured from receivables
),

final as (
    select
        cast('zuora' as string) as platform,
        cast('receivables' as string) as report,
        cast({{ legal_entity_of('zuora', "nullif(measured.company, '')") }} as string) as legal_entity,
        upper(cast(measured.currency as string)) as currency,
        try_cast(measured.period || '-01' as date) as period_on,
        cast(measured.measure as string) as measure,
        cast(measured.invoices as bigint) as record_count,
        cast(measured.measured as decimal(18, 4)) as amount,
        cast({{ said_since('measured') }} as timestamp) as observed_at,
        measured.q2c_is_deleted as is_deleted
    from measured
)

select * from final
