{%- set measures = [
    'contracted', 'contract_due', 'billed', 'billed_net', 'credited', 'paid', 'unapplied', 'open', 'overdue_1_30', 'overdue_31_60',
    'overdue_61_90', 'overdue_over_90', 'at_risk'
] -%}
{%- set overdue = 'overdue_1_30_amount + overdue_31_60_amount + overdue_61_90_amount + overdue_over_90_amount' -%}
with systems as (
    select * from {{ ref('dim_system') }}
),

-- who bills: the billing platform, or the ERP of a company that has none
billers as (
    select
        systems.legal_entity,
        systems.platform,
        cast(systems.observed_through as date) as today
    from systems
    left join systems as billing on systems.legal_entity = billing.legal_entity and billing.role = 'billing'
    where systems.role = 'billing' or (systems.role = 'erp' and billing.platform is null)
),

invoices as (
    select
        invoices.*,
        coalesce(invoices.balance, invoices.amount) as open_amount,
        {{ dbt.datediff('invoices.due_on', 'billers.today', 'day') }} as days_overdue
    from {{ ref('fct_invoice') }} as invoices
    inner join billers on invoices.platform = billers.platform and invoices.legal_entity = billers.legal_entity
    where invoices.status in ('open', 'paid')
),

deals as (
    select * from {{ ref('dim_deal') }}
),

records as (
    select
        concat_ws(':', platform, native_id) as record_key,
        customer_key
    from {{ ref('xref_customer') }}
),

moved as (
    select customer_key, legal_entity, currency, 'contracted' as measure, amount from {{ ref('contract_progress') }}
    union all
    select customer_key, legal_entity, currency, 'contract_due' as measure, due_amount as amount from {{ ref('contract_progress') }}
    union all
    select customer_key, legal_entity, currency, 'billed' as measure, amount from invoices
    union all
    select customer_key, legal_entity, currency, 'billed_net' as measure, amount - coalesce(tax_amount, 0) as amount from invoices
    union all
    select
        customer_key,
        legal_entity,
        currency,
        case
            when days_overdue > 90 then 'overdue_over_90'
            when days_overdue > 60 then 'overdue_61_90'
            when days_overdue > 30 then 'overdue_31_60'
            when days_overdue > 0 then 'overdue_1_30'
            else 'open'
        end as measure,
        open_amount as amount
    from invoices
    where status = 'open'
    union all
    select memos.customer_key, memos.legal_entity, memos.currency, 'credited' as measure, memos.amount
    from {{ ref('fct_credit_memo') }} as memos
    inner join billers on memos.platform = billers.platform and memos.legal_entity = billers.legal_entity
    where memos.status = 'issued'
    union all
    select customer_key, legal_entity, currency, 'paid' as measure, amount
    from {{ ref('mart_cash_application') }} where status = 'succeeded'
    union all
    select customer_key, legal_entity, currency, 'unapplied' as measure, open_amount as amount from {{ ref('mart_cash_application') }}
    union all
    select
        coalesce(deals.customer_key, records.customer_key) as customer_key,
        found.legal_entity,
        found.currency,
        'at_risk' as measure,
        found.amount_at_risk as amount
    from {{ ref('fct_mismatches') }} as found
    left join deals on found.deal_key = deals.deal_key
    left join records on found.deal_key = records.record_key
),

summed as (
    select
        customer_key,
        legal_entity,
        currency,
        {%- for measure in measures %}
        {{ at_most_money("sum(case when measure = '" ~ measure ~ "' then amount else 0 end)") }} as {{ measure }}_amount,
        {%- endfor %}
        cast(sum(case when measure = 'at_risk' then 1 else 0 end) as bigint) as finding_count
    from moved
    where customer_key is not null and currency is not null
    group by customer_key, legal_entity, currency
),

final as (
    select
        customer_key,
        legal_entity,
        currency,
        contracted_amount,
        contract_due_amount,
        billed_amount,
        billed_net_amount,
        credited_amount,
        paid_amount,
        unapplied_amount,
        {{ at_most_money('open_amount + ' ~ overdue) }} as open_amount,
        {{ at_most_money(overdue) }} as overdue_amount,
        overdue_1_30_amount,
        overdue_31_60_amount,
        overdue_61_90_amount,
        overdue_over_90_amount,
        finding_count,
        at_risk_amount as amount_at_risk
    from summed
)

select * from final
