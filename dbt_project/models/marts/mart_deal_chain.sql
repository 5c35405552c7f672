with deals as (
    select * from {{ ref('dim_deal') }}
),

systems as (
    select * from {{ ref('dim_system') }}
),

customers as (
    select
        customers.customer_key,
        min(customers.name) as name
    from {{ ref('dim_customer') }} as customers
    inner join systems on customers.platform = systems.platform and systems.role = 'crm'
    group by customers.customer_key
),

amounts as (
    select
        deal_key,
        max(amount) as amount
    from {{ ref('fct_opportunity') }}
    group by deal_key
),

billed as (
    select
        deals.deal_key,
        max(invoices.amount) as amount
    from deals
    inner join {{ ref('fct_invoice') }} as invoices
        on deals.root_entity = 'invoice' and deals.root_platform = invoices.platform and deals.root_native_id = invoices.native_id
    group by deals.deal_key
),

stages as (
    select 0 as place, 'opened' as name
    union all
    select 1, 'quoted'
    union all
    select 2, 'accepted'
    union all
    select 3, 'ordered'
    union all
    select 4, 'subscribed'
    union all
    select 5, 'booked'
    union all
    select 6, 'collected'
    union all
    select 7, 'posted'
),

furthest as (
    select * from {{ ref('deal_reach') }}
),

actions as (
    select * from {{ ref('next_action') }}
),

cases as (
    select * from {{ ref('operations_case') }}
),

-- stopped_at: the place where a deal stands to which this did not happen
findings as (
    select
        found.*,
        deals.currency as deal_currency,
        case
            when found.stops_deal
                then case found.stage
                    when 'quoting' then 0
                    when 'customer' then 2
                    when 'ordering' then 2
                    when 'billing' then 3
                    when 'booking' then 4
                    when 'collection' then 5
                    when 'posting' then 6
                end
        end as stopped_at,
        case found.severity when 'critical' then 1 when 'high' then 2 when 'medium' then 3 else 4 end as urgency
    from {{ ref('fct_mismatches') }} as found
    inner join deals on found.deal_key = deals.deal_key
),

summed as (
    select
        deal_key,
        count(*) as mismatch_count,
        {{ at_most_money('sum(case when currency = deal_currency then amount_at_risk else 0 end)') }} as amount_at_risk,
        count(case when currency is distinct from deal_currency and amount_at_risk <> 0 then 1 end) > 0 as has_other_currencies
    from findings
    group by deal_key
),

ranked as (
    select
        *,
        row_number() over (
            partition by deal_key order by stopped_at nulls last, urgency, amount_at_risk desc, fingerprint
        ) as position
    from findings
),

first_findings as (
    select * from ranked where position = 1
),

final as (
    select
        deals.deal_key,
        deals.legal_entity,
        deals.name,
        deals.customer_key,
        cast(customers.name as string) as customer_name,
        cast(coalesce(amounts.amount, billed.amount) as decimal(18, 4)) as amount,
        deals.currency,
        cast(stages.name as string) as last_good_stage,
        cast(case when found.stopped_at is not null then found.stage end as string) as stuck_at,
        found.rule,
        found.evidence as why,
        cast(coalesce(summed.mismatch_count, 0) as bigint) as mismatch_count,
        cast(coalesce(summed.amount_at_risk, 0) as decimal(18, 4)) as amount_at_risk,
        coalesce(summed.has_other_currencies, false) as has_other_currencies,
        found.owner,
        found.severity,
        cast(case when found.rule is not null then coalesce(actions.command, 'investigate') end as string) as next_action,
        actions.state as next_action_state,
        cases.assignee,
        cases.resolve_by
    from deals
    left join furthest on deals.deal_key = furthest.deal_key
    left join first_findings as found on deals.deal_key = found.deal_key
    left join summed on deals.deal_key = summed.deal_key
    left join actions on found.fingerprint = actions.fingerprint
    left join cases on found.fingerprint = cases.fingerprint
    left join customers on deals.customer_key = customers.customer_key
    left join amounts on deals.deal_key = amounts.deal_key
    left join billed on deals.deal_key = billed.deal_key
    inner join stages
        on
            case when furthest.place > found.stopped_at then found.stopped_at else coalesce(furthest.place, 0) end = stages.place
)

select * from final
