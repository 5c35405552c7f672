with expected as (
    select * from {{ ref('exp_customer') }}
),

absent as (
    select * from {{ ref('absent_customer') }}
),

waiting as (
    select
        expected_order.platform,
        expected_order.customer_key,
        expected_order.currency,
        expected_order.amount
    from {{ ref('exp_order') }} as expected_order
    left join {{ ref('quoted_order') }} as orders
        on expected_order.platform = orders.platform and expected_order.quote_id = orders.quote_id
    where orders.native_id is null
    union all
    select
        expected_subscription.platform,
        expected_subscription.customer_key,
        expected_subscription.currency,
        expected_subscription.amount
    from {{ ref('exp_subscription') }} as expected_subscription
    left join {{ ref('fct_subscription') }} as subscriptions
        on
            expected_subscription.platform = subscriptions.platform
            and expected_subscription.quote_number = subscriptions.quote_number
    where subscriptions.native_id is null
),

waiting_amounts as (
    {{ in_one_currency('waiting', ['platform', 'customer_key']) }}
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
        absent.likely_document_number as observed_value,
        waiting_amounts.amount as amount_at_risk,
        case when waiting_amounts.amount is null then expected.currency else waiting_amounts.currency end as currency,
        case when absent.likely_native_id is null then 'record_missing' else 'reference_missing' end as cause,
        concat_ws(
            ' ', 'Customer', expected.name, 'of', expected.source_platform, concat('(', expected.crm_id, ')'),
            'has accepted a quote but',
            coalesce(
                'is likely ' || absent.likely_document_number || ' in ' || expected.platform || ', which refers to no customer of the CRM',
                'does not exist in ' || expected.platform
            ),
            waiting_amounts.told
        ) as evidence,
        expected.due_at,
        cast(null as timestamp) as observed_version
    from expected
    inner join absent on expected.expected_key = absent.expected_key
    left join waiting_amounts
        on
            expected.platform = waiting_amounts.platform
            and expected.customer_key = waiting_amounts.customer_key
            and absent.likely_native_id is null
),

final as (
    {{ judged('customer_missing') }}
)

select * from final
