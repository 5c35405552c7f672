{%- set roles = ['crm', 'orders', 'erp', 'billing', 'payments', 'tax'] -%}
{%- set money = [
    'contracted_amount', 'contract_due_amount', 'billed_amount', 'billed_net_amount', 'credited_amount', 'paid_amount',
    'unapplied_amount', 'open_amount', 'overdue_amount', 'amount_at_risk'
] -%}
with records as (
    select
        *,
        row_number() over (
            partition by customer_key order by case method when 'self' then 1 else 2 end, platform, native_id
        ) as place
    from {{ ref('mart_customer_crosswalk') }}
),

-- one row a customer: what the CRM calls it, or the first platform that knows it
customers as (
    select * from records where place = 1
),

linked as (
    select
        customer_key,
        count(*) as record_count,
        count(distinct platform) as platform_count,
        {{ dbt.listagg('distinct legal_entity', "', '", 'order by legal_entity') }} as legal_entities,
        {{ dbt.listagg('distinct method', "', '", 'order by method') }} as methods,
        min(score) as lowest_score,
        {%- for role in roles %}
        {%- set record = "case when concat(', ', roles, ', ') like '%, " ~ role ~ ", %' then concat(platform, ':', native_id) end" %}
        {{ dbt.listagg(record, "', '", 'order by platform, native_id') }} as {{ role }}_ids,
        {%- endfor %}
        max(record_count) as most_records
    from records
    group by customer_key
),

deals as (
    select
        chains.customer_key,
        sum(case when not opportunities.is_closed then 1 else 0 end) as open_deal_count,
        sum(case when opportunities.is_won then 1 else 0 end) as won_deal_count,
        sum(case when chains.stuck_at is not null then 1 else 0 end) as stuck_deal_count
    from {{ ref('mart_deal_chain') }} as chains
    left join (
        select
            deal_key,
            bool_and(is_closed) as is_closed,
            bool_or(is_won) as is_won
        from {{ ref('fct_opportunity') }}
        group by deal_key
    ) as opportunities on chains.deal_key = opportunities.deal_key
    group by chains.customer_key
),

-- nothing that time does by itself: no due date, no month of revenue
active as (
    select
        deals.customer_key,
        max(events.occurred_at) as last_activity_at,
        max_by(events.event_type, concat(cast(events.occurred_at as string), events.event_id)) as last_activity
    from {{ ref('fct_business_events') }} as events
    inner join {{ ref('dim_deal') }} as deals on events.deal_key = deals.deal_key
    where events.event_type not in ('PaymentDue', 'RevenueRecognized', 'JournalPosted')
    group by deals.customer_key
),

balances as (
    select
        customer_key,
        currency,
        sum(finding_count) as finding_count,
        {%- for amount in money %}
        sum({{ amount }}) as {{ amount }},
        {%- endfor %}
        sum(sum(finding_count)) over (partition by customer_key) as all_findings,
        count(*) over (partition by customer_key) as currency_count,
        row_number() over (
            partition by customer_key order by sum(contracted_amount) desc, sum(billed_amount) desc, sum(amount_at_risk) desc, currency
        ) as place
    from {{ ref('mart_customer_balance') }}
    group by customer_key, currency
),

final as (
    select
        customers.customer_key,
        customers.name,
        customers.email,
        customers.country,
        customers.tax_number,
        cast(linked.legal_entities as string) as legal_entities,
        cast(linked.platform_count as bigint) as platform_count,
        cast(linked.record_count as bigint) as record_count,
        linked.most_records > 1 as has_duplicates,
        cast(linked.methods as string) as methods,
        linked.lowest_score,
        {%- for role in roles %}
        cast(linked.{{ role }}_ids as string) as {{ role }}_ids,
        {%- endfor %}
        cast(coalesce(deals.open_deal_count, 0) as bigint) as open_deal_count,
        cast(coalesce(deals.won_deal_count, 0) as bigint) as won_deal_count,
        cast(coalesce(deals.stuck_deal_count, 0) as bigint) as stuck_deal_count,
        cast(coalesce(balances.all_findings, 0) as bigint) as finding_count,
        balances.currency,
        coalesce(balances.currency_count > 1, false) as has_other_currencies,
        {%- for amount in money %}
        {{ at_most_money('coalesce(balances.' ~ amount ~ ', 0)') }} as {{ amount }},
        {%- endfor %}
        active.last_activity_at,
        active.last_activity
    from customers
    inner join linked on customers.customer_key = linked.customer_key
    left join deals on customers.customer_key = deals.customer_key
    left join balances on customers.customer_key = balances.customer_key and balances.place = 1
    left join active on customers.customer_key = active.customer_key
)

select * from final
