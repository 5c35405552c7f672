with findings as (
    select * from {{ ref('finding') }} where state = 'timing'
),

rules as (
    select * from {{ ref('rule') }}
),

clock as (
    select max(observed_through) as now_at from {{ ref('dim_system') }}
),

deadlines as (
    select {{ dbt.dateadd('hour', 'rules.sla_hours', 'findings.due_at') }} as deadline_at
    from findings
    inner join rules on findings.rule = rules.rule
),

final as (
    select cast(min(deadlines.deadline_at) as timestamp) as next_deadline
    from deadlines
    cross join clock
    where deadlines.deadline_at > clock.now_at
)

select * from final
