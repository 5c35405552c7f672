with subscriptions as (
    select * from {{ ref('act_create_subscription') }}
),

lines as (
    select * from {{ ref('exp_subscription_line') }}
),

final as (
    select
        subscriptions.action_key,
        cast(
            row_number() over (partition by subscriptions.action_key order by lines.product_code, lines.expected_key) as bigint
        ) as line_number,
        lines.product_code,
        lines.charge_type,
        lines.billing_period,
        lines.agreed_quantity as quantity,
        lines.unit_price
    from subscriptions
    inner join lines on subscriptions.platform = lines.platform and subscriptions.quote_number = lines.quote_number
    -- as it was agreed at the beginning; what amendments changed follows from its day on
    where lines.agreed_quantity > 0
)

select * from final
