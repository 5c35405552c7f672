with cases as (
    select
        *,
        {{ dbt.datediff('opened_at', 'closed_at', 'minute') }} / 60.0 as hours
    from {{ ref('operations_case') }}
    where kind = 'mismatch' and closed_at is not null
),

final as (
    select
        owner,
        rule,
        legal_entity,
        cast(date_trunc('month', closed_at) as date) as month_on,
        cast(count(*) as bigint) as closed_count,
        cast(sum(case when state = 'accepted' then 1 else 0 end) as bigint) as accepted_count,
        cast(sum(case when reopened > 0 then 1 else 0 end) as bigint) as reopened_count,
        cast(avg(hours) as decimal(18, 4)) as mean_hours,
        cast(median(hours) as decimal(18, 4)) as median_hours,
        cast(percentile_cont(0.9) within group (order by hours) as decimal(18, 4)) as p90_hours,
        cast(avg(case when resolve_by is null or closed_at <= resolve_by then 1.0 else 0.0 end) as decimal(9, 6)) as in_time_share
    from cases
    group by owner, rule, legal_entity, cast(date_trunc('month', closed_at) as date)
)

select * from final
