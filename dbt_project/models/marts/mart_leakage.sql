{#- Rules of a deal of which nothing is billed: their money is the whole contract's. -#}
{%- set unbilled = ['quote_not_ordered', 'order_would_fail', 'order_not_billed', 'subscription_activated_late', 'customer_missing'] -%}
{%- set expected = 'try_cast(found.expected_value as decimal(38, 6))' -%}
{%- set observed = 'try_cast(found.observed_value as decimal(38, 6))' -%}
{%- set share = 'cast(least(progress.due_amount / progress.amount, 1) as decimal(18, 12))' -%}
with findings as (
    select * from {{ ref('fct_mismatches') }}
),

-- what is missing in the books or in billing; a copy of it elsewhere bills nothing
systems as (
    select distinct
        legal_entity,
        platform
    from {{ ref('dim_system') }}
    where role in ('erp', 'billing')
),

repeated as (
    select * from {{ ref('repeated_invoice') }}
),

progress as (
    select
        deal_key,
        currency,
        sum(amount) as amount,
        sum(due_amount) as due_amount
    from {{ ref('contract_progress') }}
    group by deal_key, currency
),

customers as (
    select
        deal_key,
        customer_key
    from {{ ref('dim_deal') }}
),

-- a shortage of the subscription's terms, or a surplus: by the attribute's own order
sided as (
    select
        found.*,
        case
            when found.attribute in ('quantity', 'unit_price', 'term_months', 'billed_amount', 'amount')
                then case when {{ observed }} > {{ expected }} then 'surplus' else 'shortage' end
            when found.attribute = 'start_on'
                then case when found.observed_value < found.expected_value then 'surplus' else 'shortage' end
            when found.attribute = 'end_on'
                then case when found.observed_value > found.expected_value then 'surplus' else 'shortage' end
            when found.attribute = 'product_code' then case when found.expected_value is null then 'surplus' else 'shortage' end
        end as side,
        repeated.native_id is not null as is_billed_again
    from findings as found
    left join repeated on found.platform = repeated.platform and found.native_id = repeated.native_id
),

kinds as (
    select
        found.*,
        case
            when found.rule in ('{{ unbilled | join("', '") }}') and systems.platform is not null then 'not_billed'
            when found.rule = 'contract_billed_differently' and found.cause = 'period_not_billed' then 'not_billed'
            when found.rule in ('contract_billed_differently', 'subscription_terms_differ')
                then case found.side when 'shortage' then 'billed_below_contract' when 'surplus' then 'billed_too_much' end
            when found.rule in ('invoice_line_duplicated', 'invoice_without_order') then 'billed_too_much'
            when found.rule = 'invoice_duplicated' and found.is_billed_again then 'billed_too_much'
            when found.rule = 'invoice_not_in_erp' then 'not_booked'
            when found.rule = 'invoice_total_differs' and found.side = 'shortage' then 'not_booked'
            when found.rule = 'payment_not_applied' and found.cause <> 'currency' then 'not_applied'
            when found.rule = 'payment_application_differs' and found.cause = 'under' then 'not_applied'
            when found.rule = 'cash_unallocated' then 'not_applied'
            when found.rule in ('credit_without_cause', 'refund_without_credit') then 'credited_without_cause'
        end as kind,
        found.rule in ('{{ (unbilled + ["subscription_terms_differ"]) | join("', '") }}') as is_of_term
    from sided as found
    left join systems on found.legal_entity = systems.legal_entity and found.platform = systems.platform
),

identified as (
    select
        *,
        case when rule in ('{{ unbilled | join("', '") }}') or kind = 'not_applied' then native_id else fingerprint end as document
    from kinds
    where kind is not null and amount_at_risk <> 0
),

-- the same document missing on several platforms, or the same money not applied on several, is the same money: the greatest of it
documents as (
    select
        kind,
        legal_entity,
        currency,
        deal_key,
        is_of_term,
        document,
        min(rule) as rule,
        min(due_at) as due_at,
        max(amount_at_risk) as amount,
        bool_and(state = 'break') as is_certain
    from identified
    group by kind, legal_entity, currency, deal_key, is_of_term, document
),

valued as (
    select
        documents.*,
        customers.customer_key,
        case
            when documents.is_of_term and progress.amount > 0
                then round({{ times('documents.amount', share) }}, 2)
            else documents.amount
        end as due_amount
    from documents
    left join customers on documents.deal_key = customers.deal_key
    left join progress on documents.deal_key = progress.deal_key and documents.currency = progress.currency
),

final as (
    select
        legal_entity,
        currency,
        cast(date_trunc('month', due_at) as date) as month_on,
        cast(kind as string) as kind,
        deal_key,
        customer_key,
        cast({{ dbt.listagg('distinct rule', "', '", 'order by rule') }} as string) as rules,
        cast(count(*) as bigint) as document_count,
        {{ at_most_money('sum(amount)') }} as amount,
        {{ at_most_money('sum(due_amount)') }} as due_amount,
        bool_and(is_certain) as is_certain,
        min(due_at) as oldest_due_at
    from valued
    group by legal_entity, currency, cast(date_trunc('month', due_at) as date), kind, deal_key, customer_key
)

select * from final
