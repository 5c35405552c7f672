with rules as (
    select * from {{ ref('rule') }}
),

systems as (
    select * from {{ ref('dim_system') }}
),

companies as (
    select distinct legal_entity from systems
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
        row_number() over (
            partition by asked.rule, companies.legal_entity, asked.asks_for
            order by case when systems.platform is null then 2 else 1 end, asked.role
        ) as place
    from asked
    left join companies on true
    left join systems on asked.role = systems.role and companies.legal_entity = systems.legal_entity
),

judged as (
    select
        rule,
        legal_entity,
        role,
        platform,
        count(*) over (partition by rule, legal_entity) - count(platform) over (partition by rule, legal_entity) as roles_missing,
        case
            when platform is null then 'not_applicable'
            when judges_reading then 'determinate'
            when observed_through is null or not last_read_ok then 'indeterminate'
            else 'determinate'
        end as status,
        case
            when platform is null then concat('no enabled platform plays ', asks_for)
            when judges_reading then cast(null as string)
            when observed_through is null then concat(platform, ' was never read completely')
            when not last_read_ok then concat('the newest read of ', platform, ' failed')
        end as trouble
    from played
    where platform is not null or is_needed or place = 1
),

ranked as (
    select
        judged.*,
        row_number() over (
            partition by rule, legal_entity
            order by
                case status when 'not_applicable' then 1 when 'indeterminate' then 2 else 3 end,
                role,
                platform
        ) as place
    from judged
),

final as (
    select
        cast(rule as string) as rule,
        cast(legal_entity as string) as legal_entity,
        cast(roles_missing as bigint) as roles_missing,
        cast(status as string) as status,
        cast(
            coalesce(legal_entity || ': ' || trouble, trouble, 'every platform it compares was read') as string
        ) as why
    from ranked
    where place = 1
)

select * from final
