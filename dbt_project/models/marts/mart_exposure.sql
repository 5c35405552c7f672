with mismatches as (
    select * from {{ ref('fct_mismatches') }}
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
