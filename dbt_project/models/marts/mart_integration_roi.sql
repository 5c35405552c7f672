{%- set ours, others = "fate in ('unattended', 'approved')", "fate in ('people', 'platforms')" -%}
with rules as (
    select rule from {{ ref('rule') }}
),

-- what a rule found that is no longer enabled was closed without being looked for
cases as (
    select
        cases.*,
        {{ dbt.datediff('cases.opened_at', 'cases.closed_at', 'minute') }} / 60.0 as hours
    from {{ ref('operations_case') }} as cases
    inner join rules on cases.rule = rules.rule
    where cases.kind = 'mismatch'
),

-- the policy's own approval is no person's
writes as (
    select
        cases.fingerprint,
        count(*) as write_count,
        sum(case when actions.decision = 'unattended' then 1 else 0 end) as unattended_count,
        sum(case when actions.decision = 'unattended' then 0 else actions.approvals end) as approval_count
    from cases
    inner join {{ ref('operations_action') }} as actions on cases.fingerprint = actions.fingerprint
    where
        actions.state = 'confirmed'
        and actions.confirmed_at >= cases.opened_at
        and (cases.closed_at is null or actions.confirmed_at <= cases.closed_at)
    group by cases.fingerprint
),

minutes as (
    select * from {{ ref('touch_minutes') }}
),

told as (
    select
        cases.*,
        case
            when cases.state = 'accepted' then 'accepted'
            when cases.state <> 'healed' then 'open'
            when writes.unattended_count = writes.write_count then 'unattended'
            when writes.write_count > 0 then 'approved'
            when cases.assignee is not null then 'people'
            else 'platforms'
        end as fate,
        coalesce(writes.write_count, 0) as write_count,
        coalesce(writes.unattended_count, 0) as unattended_count,
        coalesce(writes.approval_count, 0) as approval_count,
        coalesce(own.minutes, every.minutes) as minutes
    from cases
    left join writes on cases.fingerprint = writes.fingerprint
    left join minutes as own on cases.rule = own.rule
    left join minutes as every on every.rule = '*'
),

final as (
    select
        legal_entity,
        rule,
        currency,
        cast(date_trunc('month', opened_at) as date) as month_on,
        cast(count(*) as bigint) as finding_count,
        cast(count_if(fate = 'unattended') as bigint) as healed_unattended_count,
        cast(count_if(fate = 'approved') as bigint) as healed_approved_count,
        cast(count_if(fate = 'people') as bigint) as healed_by_people_count,
        cast(count_if(fate = 'platforms') as bigint) as healed_by_platforms_count,
        cast(count_if(fate = 'accepted') as bigint) as accepted_count,
        cast(count_if(fate = 'open') as bigint) as open_count,
        cast(sum(write_count) as bigint) as write_count,
        cast(sum(approval_count) as bigint) as approval_count,
        cast(sum(case when {{ ours }} then unattended_count else 0 end) as bigint) as touches_avoided,
        cast(sum(case when {{ ours }} then unattended_count * minutes / 60.0 end) as decimal(18, 4)) as hours_avoided,
        {{ at_most_money('sum(case when ' ~ ours ~ ' then amount_at_risk else 0 end)') }} as corrected_amount,
        {{ at_most_money('sum(case when ' ~ others ~ ' then amount_at_risk else 0 end)') }} as healed_otherwise_amount,
        {{ at_most_money("sum(case when fate = 'open' then amount_at_risk else 0 end)") }} as open_amount,
        cast(median(case when state = 'healed' then hours end) as decimal(18, 4)) as median_hours,
        cast(percentile_cont(0.9) within group (order by case when state = 'healed' then hours end) as decimal(18, 4)) as p90_hours
    from told
    group by legal_entity, rule, currency, cast(date_trunc('month', opened_at) as date)
)

select * from final
