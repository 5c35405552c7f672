{{ by_deal() }}

{%- set days_of_start = dbt.datediff('expected_start_on', 'start_on', 'day') -%}
{%- set days_of_end = dbt.datediff('expected_end_on', 'end_on', 'day') -%}
{%- set same_term = 'term_months is not distinct from expected_term_months' -%}
{%- set same_term_and_start = 'not is_renewed and ' ~ same_term ~ ' and start_on is not distinct from expected_start_on' -%}
{%- set header_attributes = [
    ('term_months', 'term', 'not is_renewed', 'abs(term_months - expected_term_months) * monthly_amount'),
    ('start_on', 'dates', 'true', at_most_money('abs(' ~ days_of_start ~ ') * monthly_amount * 12 / 365')),
    ('end_on', 'dates', same_term_and_start, at_most_money('abs(' ~ days_of_end ~ ') * monthly_amount * 12 / 365')),
    ('currency', 'currency', 'true', 'expected_term_months * monthly_amount'),
] -%}
{%- set line_attributes = [
    ('quantity', times('abs(coalesce(observed_quantity, 0) - coalesce(expected_quantity, 0))', 'expected_unit_price', 'expected_periods')),
    ('unit_price', times('abs(coalesce(observed_unit_price, 0) - coalesce(expected_unit_price, 0))', 'observed_quantity', 'expected_periods')),
] -%}
with expected as (select * from {{ ref('exp_subscription') }}),

-- how far a contract was renewed renewal_missed tells; until it is carried the subscription has the lines of the term before
subscriptions as (
    select
        subscriptions.*,
        renewed.native_id is not null as is_renewed,
        coalesce(renewed.is_carried, true) as is_carried
    from {{ ref('fct_subscription') }} as subscriptions
    left join {{ ref('renewed_subscription') }} as renewed
        on subscriptions.platform = renewed.platform and subscriptions.native_id = renewed.native_id
    where subscriptions.status is distinct from 'cancelled'
),

lines as (
    select
        pairs.*,
        case
            when pairs.native_id is null then 'line_missing'
            when pairs.source_native_id is null then 'line_surplus'
            when (pairs.expected_billing_period is distinct from pairs.observed_billing_period) then 'billing_period'
            -- of what an amendment changed, amendment_not_reflected tells
            when pairs.amendment_number is not null then 'amended'
            else 'values'
        end as cause
    from {{ ref('subscription_line_pair') }} as pairs
    inner join subscriptions
        on pairs.platform = subscriptions.platform and pairs.subscription_native_id = subscriptions.native_id
    where subscriptions.is_carried
),

monthly as (
    select
        expected.expected_key,
        sum({{ times('lines.expected_quantity', 'lines.expected_unit_price', 'lines.expected_periods') }}) as total,
        {{ at_most_money('total / nullif(max(expected.term_months), 0)') }} as amount
    from expected
    inner join lines on expected.expected_key = lines.subscription_key
    where lines.charge_type = 'recurring'
    group by expected.expected_key
),

headers as (
    select
        expected.expected_key,
        subscriptions.*,
        expected.start_on as expected_start_on, expected.end_on as expected_end_on, expected.term_months as expected_term_months,
        expected.currency as expected_currency,
        coalesce(monthly.amount, 0) as monthly_amount
    from expected
    inner join subscriptions on expected.platform = subscriptions.platform and expected.quote_number = subscriptions.quote_number
    left join monthly on expected.expected_key = monthly.expected_key
),

differing as (
    {% for attribute, cause, condition, amount in header_attributes %}
    select
        expected_key,
        native_id as subscription_native_id, 'subscription' as entity, native_id, native_id as identity,
        '{{ attribute }}' as attribute,
        cast(expected_{{ attribute }} as string) as expected_value,
        cast({{ attribute }} as string) as observed_value,
        coalesce({{ amount }}, expected_term_months * monthly_amount) as amount_at_risk,
        '{{ cause }}' as cause,
        source_updated_at as observed_version,
        cast(null as timestamp) as expected_changed_at
    from headers
    where {{ attribute }} is distinct from expected_{{ attribute }} and {{ condition }}
    union all
    {% endfor %}
    {% for attribute, amount in line_attributes %}
    select
        subscription_key as expected_key,
        subscription_native_id, 'subscription_line' as entity, native_id,
        concat_ws(':', subscription_native_id, coalesce(source_native_id, native_id)) as identity,
        '{{ attribute }}' as attribute,
        {{ plain_decimal('expected_' ~ attribute) }} as expected_value,
        {{ plain_decimal('observed_' ~ attribute) }} as observed_value,
        {{ amount }} as amount_at_risk,
        cause,
        observed_version, expected_changed_at
    from lines
    where cause = 'values' and observed_{{ attribute }} is distinct from expected_{{ attribute }}
    union all
    {% endfor %}
    select
        subscription_key as expected_key,
        subscription_native_id,
        'subscription_line' as entity,
        coalesce(native_id, source_native_id) as native_id,
        concat_ws(':', subscription_native_id, coalesce(source_native_id, native_id)) as identity,
        case when cause = 'billing_period' then 'billing_period' else 'product_code' end as attribute,
        case cause when 'billing_period' then expected_billing_period when 'line_missing' then product_code end as expected_value,
        case cause when 'billing_period' then observed_billing_period when 'line_surplus' then product_code end as observed_value,
        abs(
            coalesce({{ times('expected_quantity', 'expected_unit_price', 'expected_periods') }}, 0)
            - coalesce({{ times('observed_quantity', 'observed_unit_price', 'observed_periods') }}, 0)
        ) as amount_at_risk,
        cause,
        observed_version, expected_changed_at
    from lines
    where cause not in ('values', 'amended')
),

found as (
    select
        differing.identity,
        expected.source_platform, expected.deal_key, expected.legal_entity,
        differing.entity,
        expected.platform,
        differing.native_id,
        coalesce(subscriptions.document_number, subscriptions.native_id) as document_number,
        differing.attribute, differing.expected_value, differing.observed_value,
        round(differing.amount_at_risk, 2) as amount_at_risk,
        expected.currency,
        differing.cause,
        concat_ws(
            ' ', 'Subscription', coalesce(subscriptions.document_number, subscriptions.native_id), 'in', expected.platform, 'has',
            differing.entity, differing.attribute, coalesce(differing.observed_value, 'none'), 'but order', expected.order_number,
            'of quote', expected.quote_number, 'has', coalesce(differing.expected_value, 'none')
        ) as evidence,
        greatest(expected.source_updated_at, differing.expected_changed_at, expected.due_at, subscriptions.created_at) as due_at,
        differing.observed_version
    from differing
    inner join expected on differing.expected_key = expected.expected_key
    inner join subscriptions
        on expected.platform = subscriptions.platform and differing.subscription_native_id = subscriptions.native_id
),

final as (
    {{ judged('subscription_terms_differ') }}
)

select * from final
