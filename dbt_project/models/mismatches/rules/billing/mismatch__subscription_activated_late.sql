{{ by_deal() }}

with expected as (
    select * from {{ ref('exp_subscription') }}
),

found as (
    select
        subscriptions.native_id as identity,
        expected.source_platform,
        expected.deal_key,
        expected.legal_entity,
        'subscription' as entity,
        subscriptions.platform,
        subscriptions.native_id,
        subscriptions.document_number,
        'status' as attribute,
        'active' as expected_value,
        subscriptions.status as observed_value,
        expected.amount as amount_at_risk,
        expected.currency,
        'not_activated' as cause,
        concat_ws(
            ' ', 'Subscription', subscriptions.document_number, 'for order', expected.order_number, 'of',
            {{ readable_money('expected.amount', 'expected.currency') }}, 'is still a draft in', subscriptions.platform,
            'though it begins on', cast(expected.start_on as string)
        ) as evidence,
        greatest(cast(expected.start_on as timestamp), subscriptions.created_at, expected.due_at) as due_at,
        subscriptions.source_updated_at as observed_version
    from expected
    inner join {{ ref('fct_subscription') }} as subscriptions
        on expected.platform = subscriptions.platform and expected.quote_number = subscriptions.quote_number
    where subscriptions.status = 'draft'
),

final as (
    {{ judged('subscription_activated_late') }}
)

select * from final
