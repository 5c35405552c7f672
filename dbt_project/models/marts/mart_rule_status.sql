with statuses as (
    select * from {{ ref('rule_status') }}
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
