with findings as (
    {% for code in enabled_rules() %}
    select * from {{ ref('mismatch__' ~ code) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

rules as (
    select * from {{ ref('rule') }}
),

final as (
    select
        findings.*,
        rules.stage,
        rules.severity,
        rules.owner,
        rules.sla_hours,
        rules.runbook,
        rules.proposes
    from findings
    inner join rules on findings.rule = rules.rule
)

select * from final
