with findings as (
    select * from {{ ref('finding') }} where state <> 'timing'
),

rules as (
    select * from {{ ref('rule') }}
),

final as (
    select
        findings.*,
        rules.stage,
        rules.stops_deal,
        rules.severity,
        rules.owner,
        rules.sla_hours,
        rules.runbook,
        rules.proposes
    from findings
    inner join rules on findings.rule = rules.rule
)

select * from final
