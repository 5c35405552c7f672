{{ by_deal() }}

with systems as (
    select * from {{ ref('dim_system') }}
),

subscriptions as (
    select
        subscriptions.*,
        crm.platform as crm_platform
    from {{ ref('fct_subscription') }} as subscriptions
    inner join systems as billing
        on
            subscriptions.platform = billing.platform
            and subscriptions.legal_entity = billing.legal_entity
            and billing.role = 'billing'
    inner join systems as crm on subscriptions.legal_entity = crm.legal_entity and crm.role = 'crm'
    where subscriptions.status = 'active'
),

booked as (
    select
        orders.*,
        systems.role
    from {{ ref('fct_order') }} as orders
    inner join systems
        on
            orders.platform = systems.platform
            and orders.legal_entity = systems.legal_entity
            and systems.role in ('erp', 'orders')
),

followed as (
    select subscriptions.platform, subscriptions.native_id, booked.role, booked.document_number, booked.status, booked.source_updated_at
    from subscriptions
    inner join booked
        on subscriptions.legal_entity = booked.legal_entity and subscriptions.quote_number = booked.quote_number
    union
    select subscriptions.platform, subscriptions.native_id, booked.role, booked.document_number, booked.status, booked.source_updated_at
    from subscriptions
    inner join booked
        on subscriptions.legal_entity = booked.legal_entity and subscriptions.order_number = booked.document_number
),

-- whether an order is open the ERP says, and the order system where the ERP has none
ranked as (
    select
        *,
        rank() over (partition by platform, native_id order by role) as place
    from followed
),

orders as (
    select
        platform,
        native_id,
        min(document_number) as order_number,
        max(source_updated_at) as closed_at,
        bool_and(coalesce(status = 'closed', false)) as is_closed
    from ranked
    where place = 1
    group by platform, native_id
),

monthly as (
    select
        lines.platform,
        lines.subscription_native_id,
        sum(case when lines.charge_type = 'one_time' then {{ times('lines.quantity', 'lines.unit_price') }} else 0 end) as once_amount,
        sum({{ at_most_money(times('lines.quantity', 'lines.unit_price') ~ ' * 12 / nullif(periods.months, 0)') }}) as year_amount
    from {{ ref('fct_subscription_line') }} as lines
    left join {{ ref('billing_periods') }} as periods on lines.billing_period = periods.billing_period and lines.charge_type = 'recurring'
    group by lines.platform, lines.subscription_native_id
),

final as (
    select
        subscriptions.platform,
        subscriptions.native_id,
        subscriptions.document_number,
        subscriptions.deal_key,
        subscriptions.legal_entity,
        subscriptions.currency,
        subscriptions.created_at,
        subscriptions.source_updated_at,
        subscriptions.quote_number,
        subscriptions.start_on,
        subscriptions.end_on,
        subscriptions.term_months,
        subscriptions.crm_platform,
        orders.order_number,
        case when orders.is_closed then orders.closed_at end as closed_at,
        case when orders.native_id is null then 'none' when orders.is_closed then 'closed' else 'open' end as order_state,
        {{ at_most_money('coalesce(monthly.once_amount, 0)') }} as once_amount,
        {{ at_most_money('coalesce(monthly.year_amount, 0)') }} as year_amount
    from subscriptions
    left join orders on subscriptions.platform = orders.platform and subscriptions.native_id = orders.native_id
    left join monthly on subscriptions.platform = monthly.platform and subscriptions.native_id = monthly.subscription_native_id
)

select * from final
