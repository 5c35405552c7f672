{#- Not by deal: what should have been renewed by now moves on with every read of billing. -#}
{%- set months_apart = months_until('least(subscriptions.end_on, terms.end_on)', 'greatest(subscriptions.end_on, terms.end_on)') -%}
{%- set day_after = dbt.dateadd('day', 1, 'subscriptions.end_on') -%}
{%- set renewed_months = 'coalesce(subscriptions.renewal_term_months, subscriptions.term_months)' -%}
with terms as (
    select * from {{ ref('contract_term') }} where is_newest
),

expected as (
    select * from {{ ref('exp_subscription') }}
),

billing as (
    select * from {{ ref('dim_system') }} where role = 'billing'
),

periods as (
    select * from {{ ref('billing_periods') }}
),

-- of several subscriptions of a contract the one that goes on longest; without one it is order_not_billed
ranked as (
    select
        subscriptions.*,
        expected.expected_key,
        billing.observed_through,
        row_number() over (
            partition by expected.expected_key order by subscriptions.end_on desc nulls first, subscriptions.native_id
        ) as place
    from {{ ref('fct_subscription') }} as subscriptions
    inner join billing
        on subscriptions.platform = billing.platform and subscriptions.legal_entity = billing.legal_entity
    inner join expected
        on subscriptions.platform = expected.platform and subscriptions.quote_number = expected.quote_number
    where subscriptions.status in ('active', 'expired')
),

subscriptions as (
    select * from ranked where place = 1
),

yearly as (
    select
        lines.platform,
        lines.subscription_native_id,
        sum({{ at_most_money(times('lines.quantity', 'lines.unit_price') ~ ' * 12 / nullif(periods.months, 0)') }}) as year_amount
    from {{ ref('fct_subscription_line') }} as lines
    inner join periods on lines.billing_period = periods.billing_period
    where lines.charge_type = 'recurring'
    group by lines.platform, lines.subscription_native_id
),

-- what was invoiced all the same, by hand say, of the time after
invoiced as (
    select
        subscriptions.platform,
        subscriptions.native_id,
        sum(lines.amount) as amount
    from subscriptions
    inner join {{ ref('fct_invoice_line') }} as lines
        on subscriptions.platform = lines.platform and subscriptions.deal_key = lines.deal_key and subscriptions.end_on < lines.service_start_on
    inner join {{ ref('fct_invoice') }} as invoices
        on lines.platform = invoices.platform and lines.invoice_native_id = invoices.native_id
    where invoices.status in ('open', 'paid')
    group by subscriptions.platform, subscriptions.native_id
),

by_quote as (
    select
        subscriptions.*,
        terms.platform as source_platform,
        terms.end_on as expected_end_on,
        case when subscriptions.end_on < terms.start_on then 'renewal_quote_not_carried' else 'renewed_with_other_term' end as cause,
        case
            when subscriptions.end_on < terms.start_on or subscriptions.end_on is null then terms.amount
            else round({{ at_most_money(times(months_apart, 'terms.amount') ~ ' / nullif(terms.term_months, 0)') }}, 2)
        end as value_at_risk,
        concat_ws(
            ' ', 'by quote', terms.quote_number, 'and order', terms.order_number, 'until', cast(terms.end_on as string)
        ) as agreed,
        terms.due_at
    from terms
    inner join subscriptions on terms.contract_key = subscriptions.expected_key
    where terms.kind = 'renewal' and subscriptions.end_on is distinct from terms.end_on
),

by_itself as (
    select
        subscriptions.*,
        subscriptions.platform as source_platform,
        cast({{ dbt.dateadd('day', -1, month_begin(day_after, renewed_months)) }} as date) as expected_end_on,
        'auto_renewal_not_run' as cause,
        round({{ at_most_money(times('yearly.year_amount', renewed_months) ~ ' / 12') }}, 2) as value_at_risk,
        concat_ws(' ', 'by itself for', cast({{ renewed_months }} as string), 'months') as agreed,
        cast({{ day_after }} as timestamp) as due_at
    from subscriptions
    left join terms
        on subscriptions.expected_key = terms.contract_key and terms.kind = 'renewal' and subscriptions.end_on < terms.start_on
    left join yearly
        on subscriptions.platform = yearly.platform and subscriptions.native_id = yearly.subscription_native_id
    where
        subscriptions.is_auto_renewing
        and cast({{ day_after }} as timestamp) <= subscriptions.observed_through
        and terms.contract_key is null
),

missed as (
    select * from by_quote
    union all
    select * from by_itself
),

found as (
    select
        concat_ws(':', missed.native_id, missed.cause) as identity,
        missed.source_platform,
        missed.deal_key,
        missed.legal_entity,
        'subscription' as entity,
        missed.platform,
        missed.native_id,
        missed.document_number,
        'end_on' as attribute,
        cast(expected_end_on as string) as expected_value,
        cast(end_on as string) as observed_value,
        {{ at_most_money('value_at_risk') }} as amount_at_risk,
        currency,
        cause,
        concat_ws(
            ' ', 'Subscription', coalesce(document_number, missed.native_id), 'was to be renewed', concat(agreed, ';'), 'in', missed.platform,
            case
                when end_on is null then 'it has no end'
                when cause = 'renewed_with_other_term' then concat('it goes on until ', cast(end_on as string))
                else concat('it ends on ', cast(end_on as string))
            end,
            case when invoiced.amount <> 0 then concat_ws(' ', 'though', {{ readable_money('invoiced.amount', 'currency') }}, 'is invoiced for after that') end
        ) as evidence,
        due_at,
        source_updated_at as observed_version
    from missed
    left join invoiced on missed.platform = invoiced.platform and missed.native_id = invoiced.native_id
),

final as (
    {{ judged('renewal_missed') }}
)

select * from final
