with findings as (
    {% for code in enabled_rules() %}
    select * from {{ ref('mismatch__' ~ code) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

rules as (
    {% for code in enabled_rules() %}
    select
        '{{ code }}' as rule,
        '{{ rule_meta(code, "stage") }}' as stage,
        '{{ rule_meta(code, "severity") }}' as severity,
        '{{ rule_meta(code, "owner") }}' as owner,
        {{ rule_meta(code, "sla_hours", 0) }} as sla_hours,
        '{{ rule_meta(code, "runbook") }}' as runbook,
        '{{ rule_meta(code, "proposes") or "" }}' as proposes
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        findings.*,
        cast(rules.stage as string) as stage,
        cast(rules.severity as string) as severity,
        cast(rules.owner as string) as owner,
        cast(rules.sla_hours as bigint) as sla_hours,
        cast(rules.runbook as string) as runbook,
        cast(nullif(rules.proposes, '') as string) as proposes
    from findings
    inner join rules on findings.rule = rules.rule
)

select * from final
