with needs as (
    {% for code in enabled_rules() %}
    {%- set code_loop = loop %}
    {%- for role in rule_meta(code, 'needs_roles', ['crm']) %}
    select
        '{{ code }}' as rule,
        '{{ role }}' as role
    {{ 'union all' if not (loop.last and code_loop.last) }}
    {%- endfor %}
    {%- endfor %}
),

systems as (
    select * from {{ ref('dim_system') }}
),

judged as (
    select
        needs.rule,
        needs.role,
        systems.platform,
        case
            when systems.platform is null then 'not_applicable'
            when systems.observed_through is null or not systems.last_read_ok then 'indeterminate'
            else 'determinate'
        end as status,
        case
            when systems.platform is null then concat('no enabled platform plays the role ', needs.role)
            when systems.observed_through is null then concat(systems.platform, ' was never read completely')
            when not systems.last_read_ok then concat('the newest read of ', systems.platform, ' failed')
        end as why,
        case
            when systems.platform is null then 1
            when systems.observed_through is null or not systems.last_read_ok then 2
            else 3
        end as gravity
    from needs
    left join systems on needs.role = systems.role
),

worst as (
    select
        judged.*,
        row_number() over (partition by rule order by gravity, role, platform nulls last) as place
    from judged
),

final as (
    select
        cast(rule as string) as rule,
        cast(status as string) as status,
        cast(coalesce(why, 'every platform it compares was read') as string) as why
    from worst
    where place = 1
)

select * from final
