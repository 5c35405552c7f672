with expected as (
    select * from {{ ref('exp_subscription') }}
),

subscriptions as (
    select * from {{ ref('fct_subscription') }} where status is distinct from 'cancelled'
),

periods as (
    select * from {{ ref('billing_periods') }}
),

expected_lines as (
    select
        lines.*,
        subscriptions.native_id as subscription_native_id,
        row_number() over (
            partition by subscriptions.native_id, lines.product_code order by lines.unit_price, lines.quantity, lines.expected_key
        ) as occurrence
    from {{ ref('exp_subscription_line') }} as lines
    inner join subscriptions on lines.platform = subscriptions.platform and lines.quote_number = subscriptions.quote_number
),

observed_lines as (
    select
        lines.*,
        row_number() over (
            partition by lines.platform, lines.subscription_native_id, lines.product_code
            order by lines.unit_price, lines.quantity, lines.native_id
        ) as occurrence
    from {{ ref('fct_subscription_line') }} as lines
),

joined as (
    select
        coalesce(observed_lines.platform, expected_lines.platform) as platform,
        coalesce(observed_lines.subscription_native_id, expected_lines.subscription_native_id) as subscription_native_id,
        coalesce(observed_lines.product_code, expected_lines.product_code) as product_code,
        coalesce(observed_lines.occurrence, expected_lines.occurrence) as occurrence,
        expected_lines.source_native_id,
        observed_lines.native_id,
        coalesce(expected_lines.charge_type, observed_lines.charge_type) as charge_type,
        expected_lines.billing_period as expected_billing_period,
        observed_lines.billing_period as observed_billing_period,
        expected_lines.quantity as expected_quantity,
        observed_lines.quantity as observed_quantity,
        expected_lines.unit_price as expected_unit_price,
        observed_lines.unit_price as observed_unit_price,
        observed_lines.source_updated_at as observed_version,
        expected_lines.source_updated_at as expected_changed_at
    from expected_lines
    full outer join observed_lines
        on
            expected_lines.platform = observed_lines.platform
            and expected_lines.subscription_native_id = observed_lines.subscription_native_id
            and expected_lines.product_code = observed_lines.product_code
            and expected_lines.occurrence = observed_lines.occurrence
),

final as (
    select
        expected.expected_key as subscription_key,
        joined.*,
        cast(
            case when joined.charge_type = 'one_time' then 1 else expected.term_months / nullif(expected_period.months, 0) end
            as decimal(18, 6)
        ) as expected_periods,
        cast(
            case when joined.charge_type = 'one_time' then 1 else expected.term_months / nullif(observed_period.months, 0) end
            as decimal(18, 6)
        ) as observed_periods
    from joined
    inner join subscriptions
        on joined.platform = subscriptions.platform and joined.subscription_native_id = subscriptions.native_id
    inner join expected on subscriptions.platform = expected.platform and subscriptions.quote_number = expected.quote_number
    left join periods as expected_period on joined.expected_billing_period = expected_period.billing_period
    left join periods as observed_period on joined.observed_billing_period = observed_period.billing_period
)

select * from final
