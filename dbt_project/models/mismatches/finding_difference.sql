{#- Attributes that are money: what differs is observed less expected. -#}
{%- set money_attributes = ['amount', 'billed_amount', 'credited_amount', 'applied_amount', 'unapplied_amount', 'tax_amount', 'balance', 'receivables',
    'deferred_revenue'] -%}
{#- Attributes that money hangs on: the rule's amount is what their difference comes to, its direction is theirs. -#}
{%- set factor_causes = {
    'quantity': 'quantity', 'unit_price': 'unit_price', 'list_price': 'unit_price', 'line_count': 'extra_line',
    'term_months': 'proration', 'start_on': 'proration', 'end_on': 'proration',
} -%}
with findings as (
    select * from {{ ref('finding') }}
),

rules as (
    select * from {{ ref('rule') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

-- what a finding's two texts say, as amounts and as days where they are that
read_values as (
    select
        *,
        coalesce(right(entity, 5) = '_line' or left(cause, 5) = 'line_', false) as is_line,
        try_cast(expected_value as decimal(18, 4)) as expected_number,
        try_cast(observed_value as decimal(18, 4)) as observed_number,
        try_cast(expected_value as date) as expected_day,
        try_cast(observed_value as date) as observed_day
    from findings
),

-- a record that is not there, one too many, or one that differs
judged as (
    select
        *,
        coalesce(
            attribute is null and (observed_value is null or cause = 'document_void')
            or cause in ('line_missing', 'price_missing', 'payment_missing', 'payment_void', 'period_not_billed', 'not_paid_out')
            or cause in ('renewal_quote_not_carried', 'auto_renewal_not_run'),
            false
        ) as is_missing,
        coalesce(
            attribute is null and cause in ('document_duplicated', 'booked_twice', 'paid_twice')
            or attribute = 'status' and expected_value in ('void', 'closed', 'cancelled')
            or cause in ('line_surplus', 'billed_after_end')
            or entity = 'refund' and cause = 'credit_missing',
            false
        ) as is_extra
    from read_values
),

measured as (
    select
        *,
        case
            -- an amount that agrees differs by nothing, for whatever quantity it is
            when cause = 'line_quantity' then null
            -- a rate is the document's: where it is greater than usual the invoice has less tax; a taxable amount is the invoice's
            when attribute = 'tax_rate' then sign(expected_number - observed_number) * amount_at_risk
            when attribute = 'taxable_amount' then sign(observed_number - expected_number) * amount_at_risk
            when attribute in ('{{ money_attributes | join("', '") }}') then coalesce(observed_number, 0) - coalesce(expected_number, 0)
            when is_missing then -amount_at_risk
            when is_extra then amount_at_risk
            when attribute in ('quantity', 'unit_price', 'list_price', 'line_count', 'term_months')
                then sign(coalesce(observed_number, 0) - coalesce(expected_number, 0)) * amount_at_risk
            when attribute = 'end_on' or cause in ('term_longer', 'term_shorter')
                then case when observed_day < expected_day or cause = 'term_shorter' then -amount_at_risk else amount_at_risk end
            when attribute = 'start_on' then case when observed_day > expected_day then -amount_at_risk else amount_at_risk end
        end as difference,
        case
            when is_missing then case when is_line then 'missing_line' else 'missing_document' end
            when is_extra then case when is_line then 'extra_line' else 'extra_document' end
            when attribute = 'currency' then 'currency'
            when attribute = 'unapplied_amount' then 'unapplied'
            when cause in ('exceeds_invoice', 'credited_beyond_contract') then 'credit'
            when cause in ('term_longer', 'term_shorter') then 'proration'
            when attribute in ('tax_rate', 'taxable_amount') then 'tax'
            when attribute = 'tax_amount' then case cause when 'rounding' then 'rounding' when 'amount_differs' then null else 'tax' end
            {% for attribute, cause in factor_causes.items() -%}
            when attribute = '{{ attribute }}' then '{{ cause }}'
            {% endfor -%}
            when attribute in ('{{ money_attributes | join("', '") }}') then null
            else cause
        end as sole_cause
    from judged
),

final as (
    select
        measured.rule,
        measured.fingerprint,
        measured.deal_key,
        measured.legal_entity,
        measured.platform,
        measured.entity,
        measured.native_id,
        measured.document_number,
        measured.attribute,
        cast(case when measured.difference is null then 'exposure' else 'difference' end as string) as basis,
        {{ at_most_money('coalesce(measured.difference, measured.amount_at_risk)') }} as difference,
        measured.observed_number,
        measured.currency,
        {{ from_minor_units('1', 'currencies.minor_units') }} as minor_unit,
        cast(case when measured.state = 'timing' then 'timing' else measured.sole_cause end as string) as sole_cause,
        cast(
            case when measured.state = 'timing' then {{ dbt.dateadd('hour', 'rules.sla_hours', 'measured.due_at') }} end as timestamp
        ) as clears_at,
        measured.evidence
    from measured
    inner join rules on measured.rule = rules.rule
    left join currencies on measured.currency = currencies.currency
)

select * from final
