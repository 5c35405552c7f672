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
        statuses.why,
        cast(coalesce(counts.mismatch_count, 0) as bigint) as mismatch_count
    from statuses
    left join counts on statuses.rule = counts.rule
)

select * from final
