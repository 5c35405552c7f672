with companies as (
    select
        *,
        row_number() over (
            partition by rule
            order by
                roles_missing,
                case status when 'not_applicable' then 1 when 'indeterminate' then 2 else 3 end,
                legal_entity
        ) as place
    from {{ ref('rule_status') }}
),

statuses as (
    select * from companies where place = 1
),

-- in which companies it can tell and in which not, and each thing that keeps it from telling
places as (
    select
        companies.rule,
        {{ dbt.listagg("case when companies.status = 'determinate' then companies.legal_entity end", "', '", "order by companies.legal_entity") }} as determinate_in,
        {{ dbt.listagg("case when companies.status = 'indeterminate' then companies.legal_entity end", "', '", "order by companies.legal_entity") }} as indeterminate_in,
        {{ dbt.listagg("case when companies.status = 'not_applicable' then companies.legal_entity end", "', '", "order by companies.legal_entity") }} as not_applicable_in,
        {{ dbt.listagg("case when companies.status = 'indeterminate' then companies.why end", "'; '", "order by companies.legal_entity") }} as troubles,
        {{ dbt.listagg("companies.legal_entity || ': ' || companies.untold", "'; '", "order by companies.legal_entity") }} as untold
    from companies
    group by companies.rule
),

counts as (
    select
        rule,
        count(*) as mismatch_count
    from {{ ref('fct_mismatches') }}
    group by rule
),

final as (
    select
        statuses.rule,
        statuses.status,
        case when statuses.status = 'indeterminate' then places.troubles else statuses.why end as why,
        places.determinate_in,
        places.indeterminate_in,
        places.not_applicable_in,
        places.untold,
        cast(coalesce(counts.mismatch_count, 0) as bigint) as mismatch_count
    from statuses
    inner join places on statuses.rule = places.rule
    left join counts on statuses.rule = counts.rule
)

select * from final
