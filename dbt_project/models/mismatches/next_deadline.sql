with findings as (
    select * from {{ ref('finding') }} where state = 'timing'
),

rules as (
    select * from {{ ref('rule') }}
),

freshness as (
    select * from {{ ref('platform_freshness') }}
),

deadlines as (
    select
        findings.platform,
        {{ dbt.dateadd('hour', 'rules.sla_hours', 'findings.due_at') }} as deadline_at
    from findings
    inner join rules on findings.rule = rules.rule
    union all
    select
        freshness.platform,
        findings.observed_version as deadline_at
    from findings
    cross join freshness
),

final as (
    select
        deadlines.platform,
        cast(min(deadlines.deadline_at) as timestamp) as next_deadline
    from deadlines
    inner join freshness on deadlines.platform = freshness.platform
    where deadlines.deadline_at > freshness.observed_through
    group by deadlines.platform
)

select * from final
