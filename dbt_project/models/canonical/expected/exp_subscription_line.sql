{{ by_deal() }}

with subscriptions as (
    select * from {{ ref('exp_subscription') }}
),

quotes as (
    select * from {{ ref('fct_quote') }}
),

quote_lines as (
    select * from {{ ref('fct_quote_line') }}
),

periods as (
    select * from {{ ref('billing_periods') }}
),

final as (
    select
        concat_ws(':', subscriptions.platform, 'subscription_line', quote_lines.native_id) as expected_key,
        subscriptions.deal_key as deal_key,
        subscriptions.customer_key as customer_key,
        quotes.legal_entity,
        subscriptions.platform as platform,
        'subscription_line' as entity,
        quote_lines.platform as source_platform,
        quote_lines.entity as source_entity,
        quote_lines.native_id as source_native_id,
        subscriptions.quote_number as source_document_number,
        quote_lines.source_updated_at as source_updated_at,
        subscriptions.currency as currency,
        subscriptions.due_at as due_at,
        subscriptions.expected_key as parent_key,
        subscriptions.quote_number,
        quote_lines.product_code,
        quote_lines.charge_type,
        case when quote_lines.charge_type = 'recurring' then quotes.billing_period end as billing_period,
        quote_lines.quantity,
        case
            when quote_lines.charge_type = 'recurring'
                then {{ unit_price(times('quote_lines.unit_price', 'periods.months') ~ ' / nullif(quotes.term_months, 0)') }}
            else quote_lines.unit_price
        end as unit_price
    from quote_lines
    inner join quotes
        on quote_lines.platform = quotes.platform and quote_lines.quote_native_id = quotes.native_id
    inner join subscriptions
        on quotes.document_number = subscriptions.quote_number and quotes.legal_entity = subscriptions.legal_entity
    left join periods on quotes.billing_period = periods.billing_period
)

select * from final
