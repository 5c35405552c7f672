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
    select 'crm' as role
    union all
    select 'erp'
    union all
    select 'billing'
    union all
    select 'payments'
),

judged as (
    select
        rules.rule,
        roles.role,
        systems.platform,
        count(*) over (partition by rules.rule, companies.legal_entity)
        - count(systems.platform) over (partition by rules.rule, companies.legal_entity) as roles_missing,
        case
            when systems.platform is null then 'not_applicable'
            when systems.observed_through is null or not systems.last_read_ok then 'indeterminate'
            else 'determinate'
        end as status,
        case
            when systems.platform is null then concat('no enabled platform plays the role ', roles.role)
            when systems.observed_through is null then concat(systems.platform, ' was never read completely')
            when not systems.last_read_ok then concat('the newest read of ', systems.platform, ' failed')
        end as trouble,
        companies.legal_entity
    from rules
    inner join roles on concat(' ', rules.needs_roles, ' ') like concat('% ', roles.role, ' %')
    left join companies on true
    left join systems on roles.role = systems.role and companies.legal_entity = systems.legal_entity
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
