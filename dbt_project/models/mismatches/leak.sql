{#- Rules of a deal of which nothing is billed: their money is the whole contract's, less what was invoiced all the same. -#}
{%- set unbilled = ['quote_not_ordered', 'order_would_fail', 'order_not_billed', 'subscription_activated_late', 'customer_missing'] -%}
{%- set of_terms = ['subscription_terms_differ', 'amendment_not_reflected', 'renewal_missed'] -%}
{%- set expected = 'try_cast(found.expected_value as decimal(38, 6))' -%}
{%- set observed = 'try_cast(found.observed_value as decimal(38, 6))' -%}
{%- set share = 'cast(least(sided.contract_due_amount / sided.contract_amount, 1) as decimal(18, 12))' -%}
{%- set first_day = 'least(try_cast(sided.expected_value as date), try_cast(sided.observed_value as date))' -%}
{%- set last_day = 'greatest(try_cast(sided.expected_value as date), try_cast(sided.observed_value as date))' -%}
{%- set passed = 'greatest(' ~ dbt.datediff(first_day, 'least(sided.today, ' ~ last_day ~ ')', 'day') ~ ', 0)' -%}
{%- set whole = 'nullif(' ~ dbt.datediff(first_day, last_day, 'day') ~ ', 0)' -%}
with findings as (
    select * from {{ ref('fct_mismatches') }}
),

-- what is missing in the books or in billing; a copy of it elsewhere bills nothing
systems as (
    select distinct legal_entity, platform
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
        max(today) as today,
        sum(amount) as amount,
        sum(due_amount) as due_amount
    from {{ ref('contract_progress') }}
    group by deal_key, currency
),

amended as (
    select
        platform,
        native_id,
        bool_or(expected_quantity > prior_quantity) as is_more
    from {{ ref('subscription_line_pair') }}
    where amendment_number is not null and native_id is not null
    group by platform, native_id
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
                then case when found.observed_value > found.expected_value or found.observed_value is null then 'surplus' else 'shortage' end
            when found.attribute = 'effective_on'
                then case when (found.observed_value > found.expected_value) = amended.is_more then 'shortage' else 'surplus' end
            when found.attribute = 'product_code' then case when found.expected_value is null then 'surplus' else 'shortage' end
        end as side,
        systems.platform is not null as is_billed_or_booked_there,
        repeated.native_id is not null as is_billed_again,
        progress.today,
        progress.amount as contract_amount,
        progress.due_amount as contract_due_amount,
        coalesce(billed.amount, 0) as billed_amount
    from findings as found
    left join systems on found.legal_entity = systems.legal_entity and found.platform = systems.platform
    left join repeated on found.platform = repeated.platform and found.native_id = repeated.native_id
    left join amended on found.platform = amended.platform and found.native_id = amended.native_id
    left join progress on found.deal_key = progress.deal_key and found.currency = progress.currency
    left join {{ ref('billed_deal') }} as billed on found.deal_key = billed.deal_key and found.currency = billed.currency
),

kinds as (
    select
        sided.*,
        case
            when sided.rule in ('{{ unbilled | join("', '") }}') and sided.is_billed_or_booked_there then 'not_billed'
            when sided.rule = 'contract_billed_differently' and sided.cause = 'period_not_billed' then 'not_billed'
            when sided.rule = 'contract_billed_differently' and sided.cause = 'credited_beyond_contract' then sided.cause
            when sided.rule = 'renewal_missed' and sided.cause <> 'renewed_with_other_term' then 'not_billed'
            when sided.rule in ('contract_billed_differently', '{{ of_terms | join("', '") }}')
                then case sided.side when 'shortage' then 'billed_below_contract' when 'surplus' then 'billed_too_much' end
            when sided.rule in ('invoice_line_duplicated', 'invoice_without_order') then 'billed_too_much'
            when sided.rule = 'invoice_duplicated' and sided.is_billed_again then 'billed_too_much'
            when sided.rule = 'invoice_not_in_erp' then 'not_booked'
            when sided.rule = 'invoice_total_differs' and sided.side = 'shortage' then 'not_booked'
            when sided.rule = 'payment_not_applied' and sided.cause <> 'currency' then 'not_applied'
            when sided.rule = 'payment_application_differs' and sided.cause = 'under' then 'not_applied'
            when sided.rule = 'cash_unallocated' then 'not_applied'
            when sided.rule in ('credit_without_cause', 'refund_without_credit') then 'credited_without_cause'
        end as kind,
        case
            when sided.rule = 'renewal_missed' then coalesce(cast({{ passed }} * 1.0 / {{ whole }} as decimal(18, 12)), 1)
            when sided.rule in ('{{ (unbilled + of_terms) | join("', '") }}') and sided.contract_amount > 0 then {{ share }}
            else 1
        end as due_share
    from sided
),

amounts as (
    select
        *,
        {{ at_most_money('amount_at_risk') }} as whole_amount,
        round({{ times('amount_at_risk', 'due_share') }}, 2) as whole_due_amount,
        kind = 'not_billed' and rule not in ('contract_billed_differently', 'customer_missing')
        and billed_amount > 0 and contract_amount is not null as is_billed_though,
        -- a term that nobody ordered is no part of the contract
        rule = 'renewal_missed' and cause = 'auto_renewal_not_run' as is_beyond_contract
    from kinds
    where kind is not null
),

-- what is said to be billed by nothing leaks no more than the deal's invoices leave of its contract
leaking as (
    select
        {%- for part in ['', 'due_'] %}
        case
            when is_billed_though
                then least(
                    whole_{{ part }}amount,
                    greatest(contract_{{ part }}amount + case when is_beyond_contract then whole_{{ part }}amount else 0 end - billed_amount, 0)
                )
            else whole_{{ part }}amount
        end as leaking_{{ part }}amount,
        {%- endfor %}
        *
    from amounts
),

final as (
    select
        kind,
        legal_entity,
        currency,
        deal_key,
        case when rule in ('{{ unbilled | join("', '") }}') or kind = 'not_applied' then native_id else fingerprint end as document,
        rule,
        {{ at_most_money('leaking_amount') }} as amount,
        leaking_due_amount as due_amount,
        due_at,
        state = 'break' as is_certain
    from leaking
    where leaking_amount <> 0
)

select * from final
