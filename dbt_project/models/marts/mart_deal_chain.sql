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

stages as (
    select 0 as place, 'opened' as name, 'catalogue' as rule_stage
    union all
    select 1, 'quoted', 'quoting'
    union all
    select 2, 'accepted', 'customer'
    union all
    select 3, 'ordered', 'ordering'
    union all
    select 4, 'subscribed', 'billing'
    union all
    select 5, 'booked', 'booking'
    union all
    select 6, 'collected', 'collection'
    union all
    select 7, 'posted', 'posting'
),

in_erp as (
    select
        documents.deal_key,
        documents.place
    from (
        select deal_key, platform, legal_entity, 3 as place from {{ ref('fct_order') }}
        union all
        select deal_key, platform, legal_entity, 5 as place from {{ ref('fct_invoice') }}
    ) as documents
    inner join systems
        on documents.platform = systems.platform and documents.legal_entity = systems.legal_entity and systems.role = 'erp'
),

furthest as (
    select
        deal_key,
        max(place) as place
    from (
        select deal_key, case when is_accepted then 2 else 1 end as place from {{ ref('fct_quote') }}
        union all
        select deal_key, place from in_erp
        union all
        select deal_key, 4 as place from {{ ref('fct_subscription') }}
        union all
        select deal_key, 6 as place from {{ ref('fct_payment_allocation') }}
        union all
        select deal_key, 7 as place from {{ ref('fct_journal') }}
    ) as reached
    group by deal_key
),

actions as (
    select
        fingerprint,
        min(command) as command
    from {{ ref('act_all') }}
    group by fingerprint
),

mismatches as (
    select
        found.*,
        stages.place,
        actions.command,
        row_number() over (
            partition by found.deal_key order by stages.place, found.amount_at_risk desc, found.fingerprint
        ) as position,
        count(*) over (partition by found.deal_key) as mismatch_count,
        sum(found.amount_at_risk) over (partition by found.deal_key) as total_at_risk
    from {{ ref('fct_mismatches') }} as found
    inner join stages on found.stage = stages.rule_stage
    left join actions on found.fingerprint = actions.fingerprint
    where found.deal_key is not null
),

placed as (
    select
        deals.*,
        mismatches.rule,
        mismatches.stage as stuck_at,
        mismatches.evidence as why,
        mismatches.owner,
        mismatches.severity,
        mismatches.command,
        mismatches.mismatch_count,
        mismatches.total_at_risk,
        case
            when mismatches.place <= furthest.place then mismatches.place - 1
            else coalesce(furthest.place, 0)
        end as place
    from deals
    left join furthest on deals.deal_key = furthest.deal_key
    left join mismatches on deals.deal_key = mismatches.deal_key and mismatches.position = 1
),

final as (
    select
        placed.deal_key,
        placed.legal_entity,
        placed.name,
        placed.customer_key,
        cast(customers.name as string) as customer_name,
        cast(amounts.amount as decimal(18, 4)) as amount,
        placed.currency,
        cast(stages.name as string) as last_good_stage,
        placed.stuck_at,
        placed.rule,
        placed.why,
        cast(coalesce(placed.mismatch_count, 0) as bigint) as mismatch_count,
        cast(coalesce(placed.total_at_risk, 0) as decimal(18, 4)) as amount_at_risk,
        placed.owner,
        placed.severity,
        cast(case when placed.rule is not null then coalesce(placed.command, 'investigate') end as string) as next_action
    from placed
    inner join stages on placed.place = stages.place
    left join customers on placed.customer_key = customers.customer_key
    left join amounts on placed.deal_key = amounts.deal_key
)

select * from final
