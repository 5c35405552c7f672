-- as old as the platform's own last read makes it
with mismatches as (
    select
        found.*,
        {{ dbt.datediff('found.due_at', 'freshness.observed_through', 'day') }} as age_days
    from {{ ref('fct_mismatches') }} as found
    left join {{ ref('platform_freshness') }} as freshness on found.platform = freshness.platform
),

deals as (
    select deal_key from {{ ref('dim_deal') }}
),

final as (
    select
        mismatches.rule,
        mismatches.stage,
        mismatches.owner,
        mismatches.legal_entity,
        mismatches.currency,
        mismatches.severity,
        mismatches.state,
        cast(count(*) as bigint) as mismatch_count,
        cast(count(distinct deals.deal_key) as bigint) as deal_count,
        {{ at_most_money('sum(mismatches.amount_at_risk)') }} as amount_at_risk,
        {{ at_most_money('sum(case when mismatches.age_days > 30 then mismatches.amount_at_risk else 0 end)') }} as over_30_days_amount,
        {{ at_most_money('sum(case when mismatches.age_days > 90 then mismatches.amount_at_risk else 0 end)') }} as over_90_days_amount,
        min(mismatches.due_at) as oldest_due_at
    from mismatches
    left join deals on mismatches.deal_key = deals.deal_key
    group by
        mismatches.rule,
        mismatches.stage,
        mismatches.owner,
        mismatches.legal_entity,
        mismatches.currency,
        mismatches.severity,
        mismatches.state
)

select * from final
