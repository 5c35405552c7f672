with expected as (
    select * from {{ ref('exp_subscription') }}
),

subscriptions as (
    select * from {{ ref('fct_subscription') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
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
        expected.source_document_number as document_number,
        cast(null as string) as attribute,
        expected.order_number as expected_value,
        cast(null as string) as observed_value,
        expected.amount as amount_at_risk,
        expected.currency,
        'document_missing' as cause,
        concat_ws(
            ' ', 'Order', expected.order_number, 'of', {{ readable_money('expected.amount', 'expected.currency') }}, 'in',
            expected.source_platform, 'for quote', expected.quote_number, 'has no subscription in', expected.platform
        ) as evidence,
        expected.due_at,
        cast(null as timestamp) as observed_version
    from expected
    left join subscriptions
        on expected.platform = subscriptions.platform and expected.quote_number = subscriptions.quote_number
    where
        subscriptions.native_id is null
        and exists (
            select 1 from customers
            where customers.platform = expected.platform and customers.crm_id = expected.customer_crm_id
        )
),

final as (
    {{ judged('order_not_billed') }}
)

select * from final
