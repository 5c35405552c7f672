{{ by_deal('view') }}

with subscriptions as (
    select * from {{ ref('exp_subscription') }}
),

lines as (
    select * from {{ ref('exp_subscription_line') }}
),

periods as (
    select * from {{ ref('billing_periods') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

numbers as (
    {{ dbt.generate_series(120) }}
),

-- what is sold once is billed with the first period
terms as (
    select
        lines.*,
        subscriptions.start_on,
        subscriptions.end_on,
        case when lines.charge_type = 'recurring' then subscriptions.term_months else 1 end as term_months,
        case when lines.charge_type = 'recurring' then periods.months else 1 end as months,
        currencies.minor_units,
        {{ at_most_money(times('lines.quantity', 'lines.unit_price')) }} as period_amount
    from lines
    inner join subscriptions on lines.parent_key = subscriptions.expected_key
    left join periods on lines.billing_period = periods.billing_period
    left join currencies on lines.currency = currencies.currency
),

numbered as (
    select
        terms.*,
        cast(numbers.generated_number as bigint) as period_number,
        cast({{ dbt.dateadd('month', '(numbers.generated_number - 1) * terms.months', 'terms.start_on') }} as date) as service_start_on,
        least(terms.months, terms.term_months - (numbers.generated_number - 1) * terms.months) as month_count
    from terms
    inner join numbers on (numbers.generated_number - 1) * terms.months < terms.term_months
),

final as (
    select
        concat_ws(':', expected_key, cast(period_number as string)) as expected_key,
        deal_key,
        customer_key,
        legal_entity,
        platform,
        'billing_period' as entity,
        source_platform,
        source_entity,
        source_native_id,
        source_document_number,
        source_updated_at,
        currency,
        cast(service_start_on as timestamp) as due_at,
        parent_key,
        quote_number,
        product_code,
        charge_type,
        period_number,
        service_start_on,
        case
            when charge_type <> 'recurring' then service_start_on
            when period_number * months >= term_months then end_on
            else cast({{ dbt.dateadd('day', -1, dbt.dateadd('month', 'period_number * months', 'start_on')) }} as date)
        end as service_end_on,
        {{ share_of('period_amount', 'month_count', 'months', 'minor_units') }} as amount
    from numbered
)

select * from final
