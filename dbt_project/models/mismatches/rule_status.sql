with rules as (
    select * from {{ ref('rule') }}
),

systems as (
    select * from {{ ref('dim_system') }}
),

companies as (
    select distinct legal_entity from systems
),

-- what each platform does not give, in words
ungiven as (
    {%- for entity in staged_platforms() %}
    select distinct
        platform,
        '{{ entity }}' as entity,
        concat(platform, ' gives no ', replace(regexp_replace('{{ entity }}', 'y$', 'ie'), '_', ' '), 's') as says
    from systems
    where platform not in {{ platforms_with(entity) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

unmet as (
    select
        needs.rule,
        needs.role,
        systems.legal_entity,
        needs.cause,
        min(ungiven.says) as says
    from {{ ref('rule_need') }} as needs
    inner join systems on needs.role = systems.role
    inner join ungiven on systems.platform = ungiven.platform and needs.entity = ungiven.entity
    group by needs.rule, needs.role, systems.legal_entity, needs.cause
),

unmet_causes as (
    select
        rule,
        legal_entity,
        {{ dbt.listagg("concat('no ', cause, ', as ', says)", "'; '", "order by cause, says") }} as says
    from unmet
    where cause is not null
    group by rule, legal_entity
),

roles as (
    select unnest(['crm', 'signature', 'orders', 'erp', 'billing', 'payments', 'tax']) as role
),

asked as (
    select
        rules.rule,
        coalesce(rules.judges_reading, false) as judges_reading,
        roles.role,
        concat(' ', rules.needs_roles, ' ') like concat('% ', roles.role, ' %') as is_needed,
        case
            when concat(' ', rules.needs_roles, ' ') like concat('% ', roles.role, ' %') then concat('the role ', roles.role)
            else concat('one of the roles ', replace(rules.needs_one_of, ' ', ', '))
        end as asks_for
    from rules
    inner join roles on concat(' ', rules.needs_roles, ' ', rules.needs_one_of, ' ') like concat('% ', roles.role, ' %')
),

played as (
    select
        asked.*,
        companies.legal_entity,
        systems.platform,
        systems.observed_through,
        systems.last_read_ok,
        case when unmet.says is null then systems.platform end as giver,
        unmet.says as lacks,
        row_number() over (
            partition by asked.rule, companies.legal_entity, asked.asks_for
            order by case when systems.platform is null then 3 when unmet.says is not null then 2 else 1 end, asked.role
        ) as place
    from asked
    left join companies on true
    left join systems on asked.role = systems.role and companies.legal_entity = systems.legal_entity
    left join (select * from unmet where cause is null) as unmet
        on asked.rule = unmet.rule and asked.role = unmet.role and systems.legal_entity = unmet.legal_entity
),

judged as (
    select
        rule,
        legal_entity,
        role,
        platform,
        count(*) over (partition by rule, legal_entity) - count(giver) over (partition by rule, legal_entity) as roles_missing,
        case
            when giver is null then 'not_applicable'
            when judges_reading then 'determinate'
            when observed_through is null or not last_read_ok then 'indeterminate'
            else 'determinate'
        end as status,
        case
            when platform is null then concat('no enabled platform plays ', asks_for)
            when giver is null then lacks
            when judges_reading then cast(null as string)
            when observed_through is null then concat(platform, ' was never read completely')
            when not last_read_ok then concat('the newest read of ', platform, ' failed')
        end as trouble,
        case when giver is null then lacks end as lacks
    from played
    where giver is not null or is_needed or place = 1
),

ranked as (
    select
        judged.*,
        row_number() over (
            partition by rule, legal_entity
            order by
                case status when 'not_applicable' then 1 when 'indeterminate' then 2 else 3 end,
                case when lacks is null then 1 else 2 end,
                role,
                platform
        ) as place
    from judged
),

final as (
    select
        cast(ranked.rule as string) as rule,
        cast(ranked.legal_entity as string) as legal_entity,
        cast(ranked.roles_missing as bigint) as roles_missing,
        cast(ranked.status as string) as status,
        cast(
            coalesce(ranked.legal_entity || ': ' || ranked.trouble, ranked.trouble, 'every platform it compares was read') as string
        ) as why,
        cast(case when ranked.status = 'not_applicable' then ranked.lacks else unmet_causes.says end as string) as untold
    from ranked
    left join unmet_causes on ranked.rule = unmet_causes.rule and ranked.legal_entity = unmet_causes.legal_entity
    where ranked.place = 1
)

select * from final
