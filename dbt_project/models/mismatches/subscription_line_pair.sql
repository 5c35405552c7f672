{{ by_deal() }}

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
            partition by subscriptions.native_id, lines.product_code, lines.billing_period, lines.quantity, lines.unit_price
            order by lines.expected_key
        ) as copy_number
    from {{ ref('exp_subscription_line') }} as lines
    inner join subscriptions on lines.platform = subscriptions.platform and lines.quote_number = subscriptions.quote_number
),

observed_lines as (
    select
        *,
        row_number() over (
            partition by platform, subscription_native_id, product_code, billing_period, quantity, unit_price order by native_id
        ) as copy_number
    from {{ ref('fct_subscription_line') }}
),

compared as (
    select
        expected_lines.platform,
        expected_lines.subscription_native_id,
        expected_lines.expected_key,
        observed_lines.native_id,
        (expected_lines.quantity is distinct from observed_lines.quantity) as has_other_quantity,
        (expected_lines.unit_price is distinct from observed_lines.unit_price) as has_other_price,
        (expected_lines.billing_period is distinct from observed_lines.billing_period) as has_other_period,
        abs(expected_lines.unit_price - observed_lines.unit_price) as price_difference,
        abs(expected_lines.copy_number - observed_lines.copy_number) as copies_between
    from expected_lines
    inner join observed_lines
        on
            expected_lines.platform = observed_lines.platform
            and expected_lines.subscription_native_id = observed_lines.subscription_native_id
            and expected_lines.product_code = observed_lines.product_code
),

ranked as (
    select
        *,
        row_number() over (
            partition by platform, subscription_native_id
            order by
                (has_other_quantity or has_other_price or has_other_period),
                has_other_quantity,
                price_difference nulls last,
                copies_between,
                expected_key,
                native_id
        ) as closeness
    from compared
),

favourites as (
    select
        *,
        min(closeness) over (partition by platform, subscription_native_id, expected_key) as closest_to_expected,
        min(closeness) over (partition by platform, subscription_native_id, native_id) as closest_to_observed
    from ranked
),

nearest as (
    select * from favourites
    where closeness = closest_to_expected and closeness = closest_to_observed
),

{% for side, key in [('expected', 'expected_key'), ('observed', 'native_id')] %}
{{ side }}_places as (
    select
        lines.*,
        coalesce(nearest.native_id, '') as partner,
        row_number() over (
            partition by lines.platform, lines.subscription_native_id, lines.product_code, nearest.native_id
            order by lines.unit_price, lines.quantity, lines.{{ key }}
        ) as place
    from {{ side }}_lines as lines
    left join nearest
        on
            lines.platform = nearest.platform
            and lines.subscription_native_id = nearest.subscription_native_id
            and lines.{{ key }} = nearest.{{ key }}
),
{% endfor %}

joined as (
    select
        coalesce(held.platform, agreed.platform) as platform,
        coalesce(held.subscription_native_id, agreed.subscription_native_id) as subscription_native_id,
        coalesce(held.product_code, agreed.product_code) as product_code,
        agreed.source_native_id,
        held.native_id,
        coalesce(agreed.charge_type, held.charge_type) as charge_type,
        agreed.billing_period as expected_billing_period,
        held.billing_period as observed_billing_period,
        agreed.quantity as expected_quantity, held.quantity as observed_quantity,
        agreed.unit_price as expected_unit_price,
        held.unit_price as observed_unit_price,
        agreed.prior_quantity, agreed.amendment_number, agreed.amended_at,
        agreed.effective_on as expected_effective_on, held.effective_on as observed_effective_on,
        held.source_updated_at as observed_version,
        agreed.source_updated_at as expected_changed_at
    from expected_places as agreed
    full outer join observed_places as held
        on
            agreed.platform = held.platform
            and agreed.subscription_native_id = held.subscription_native_id
            and agreed.product_code = held.product_code
            and agreed.partner = held.partner
            and agreed.place = held.place
),

final as (
    select
        expected.expected_key as subscription_key,
        expected.deal_key,
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
