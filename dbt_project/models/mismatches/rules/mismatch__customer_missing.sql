with expected as (
    select * from {{ ref('exp_customer') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
),

waiting as (
    select
        expected_order.platform,
        expected_order.customer_crm_id,
        expected_order.amount
    from {{ ref('exp_order') }} as expected_order
    left join {{ ref('fct_order') }} as orders
        on expected_order.platform = orders.platform and expected_order.quote_id = orders.quote_id
    where orders.native_id is null
    union all
    select
        expected_subscription.platform,
        expected_subscription.customer_crm_id,
        expected_subscription.amount
    from {{ ref('exp_subscription') }} as expected_subscription
    left join {{ ref('fct_subscription') }} as subscriptions
        on
            expected_subscription.platform = subscriptions.platform
            and expected_subscription.quote_number = subscriptions.quote_number
    where subscriptions.native_id is null
),

waiting_amounts as (
    select
        platform,
        customer_crm_id,
        sum(amount) as amount
    from waiting
    group by platform, customer_crm_id
),

found as (
    select
        expected.expected_key as identity,
        expected.source_platform,
        expected.deal_key,
        expected.legal_entity,
        expected.entity,
        expected.platform,
        expected.source_native_id as native_id,
        coalesce(expected.source_document_number, expected.name) as document_number,
        cast(null as string) as attribute,
        expected.name as expected_value,
        cast(null as string) as observed_value,
        waiting_amounts.amount as amount_at_risk,
        expected.currency,
        'record_missing' as cause,
        concat_ws(
            ' ', 'Customer', expected.name, 'of', expected.source_platform, concat('(', expected.crm_id, ')'),
            'has accepted a quote but does not exist in', expected.platform
        ) as evidence,
        expected.due_at,
        cast(null as timestamp) as observed_version
    from expected
    left join customers on expected.platform = customers.platform and expected.customer_key = customers.customer_key
    left join waiting_amounts
        on expected.platform = waiting_amounts.platform and expected.crm_id = waiting_amounts.customer_crm_id
    where customers.native_id is null
),

final as (
    {{ judged('customer_missing') }}
)

select * from final
