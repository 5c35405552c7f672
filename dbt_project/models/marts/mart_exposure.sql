with mismatches as (
    select * from {{ ref('fct_mismatches') }}
),

final as (
    select
        rule,
        stage,
        owner,
        legal_entity,
        currency,
        severity,
        state,
        cast(count(*) as bigint) as mismatch_count,
        cast(count(distinct deal_key) as bigint) as deal_count,
        cast(sum(amount_at_risk) as decimal(18, 4)) as amount_at_risk,
        min(due_at) as oldest_due_at
    from mismatches
    group by rule, stage, owner, legal_entity, currency, severity, state
)

select * from final
