with cases as (
    select * from {{ ref('operations_case') }}
    where kind = 'mismatch' and state not in ('healed', 'accepted')
),

-- cases live by q2c's own clock, and so does their age
moments as (
    select max(logged_at) as seen_at from {{ ref('lake_read') }}
),

aged as (
    select
        cases.*,
        {{ dbt.datediff('cases.opened_at', 'moments.seen_at', 'hour') }} / 24.0 as days,
        coalesce(cases.resolve_by < moments.seen_at, false) as is_overdue
    from cases
    cross join moments
),

final as (
    select
        owner,
        rule,
        severity,
        legal_entity,
        currency,
        cast(
            case
                when days <= 1 then '0-1 days'
                when days <= 7 then '2-7 days'
                when days <= 30 then '8-30 days'
                when days <= 90 then '31-90 days'
                else 'over 90 days'
            end as string
        ) as age,
        cast(count(*) as bigint) as case_count,
        cast(sum(case when is_overdue then 1 else 0 end) as bigint) as overdue_count,
        cast(sum(case when assignee is null then 1 else 0 end) as bigint) as unassigned_count,
        {{ at_most_money('sum(amount_at_risk)') }} as amount_at_risk,
        min(opened_at) as oldest_opened_at
    from aged
    group by all
)

select * from final
