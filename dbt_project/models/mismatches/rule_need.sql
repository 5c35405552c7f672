with declared as (
    {%- for code in enabled_rules() %}
    {%- for role, entities in rule_meta(code, "needs_entities", {}).items() %}
    {%- for entity in entities %}
    select
        '{{ code }}' as rule,
        '{{ role }}' as role,
        '{{ entity }}' as entity,
        '' as cause
    union all
    {%- endfor %}
    {%- endfor %}
    {%- for cause, needs in rule_meta(code, "causes_need", {}).items() %}
    {%- for role, entities in needs.items() %}
    {%- for entity in entities %}
    select
        '{{ code }}' as rule,
        '{{ role }}' as role,
        '{{ entity }}' as entity,
        '{{ cause }}' as cause
    union all
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
    {{ no_rows() }}
),

final as (
    select
        cast(rule as string) as rule,
        cast(role as string) as role,
        cast(entity as string) as entity,
        cast(nullif(cause, '') as string) as cause
    from declared
)

select * from final
