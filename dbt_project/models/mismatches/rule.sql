with declared as (
    {% for code in enabled_rules() %}
    select
        '{{ code }}' as rule,
        '{{ rule_stage(code) }}' as stage,
        {{ rule_meta(code, "stops_deal", false) }} as stops_deal,
        '{{ rule_meta(code, "severity") }}' as severity,
        '{{ rule_meta(code, "owner") }}' as owner,
        {{ rule_meta(code, "sla_hours", 0) }} as sla_hours,
        {{ rule_meta(code, "tolerance", 0) }} as tolerance,
        '{{ rule_meta(code, "runbook") }}' as runbook,
        '{{ rule_meta(code, "proposes") or "" }}' as proposes,
        '{{ rule_meta(code, "needs_roles", []) | join(" ") }}' as needs_roles,
        '{{ rule_meta(code, "needs_one_of", []) | join(" ") }}' as needs_one_of,
        {{ rule_meta(code, "judges_reading", false) }} as judges_reading
    {{ 'union all' if not loop.last }}
    {% else %}
    {{ no_rows() }}
    {% endfor %}
),

final as (
    select
        cast(rule as string) as rule,
        cast(stage as string) as stage,
        cast(stops_deal as boolean) as stops_deal,
        cast(severity as string) as severity,
        cast(owner as string) as owner,
        cast(sla_hours as bigint) as sla_hours,
        cast(tolerance as decimal(18, 4)) as tolerance,
        cast(runbook as string) as runbook,
        cast(nullif(proposes, '') as string) as proposes,
        cast(needs_roles as string) as needs_roles,
        cast(needs_one_of as string) as needs_one_of,
        cast(judges_reading as boolean) as judges_reading
    from declared
)

select * from final
