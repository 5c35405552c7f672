{{ by_deal() }}

with subscriptions as (
    select * from {{ ref('subscription_of_order') }} where order_state = 'closed'
),

-- an accepted quote whose order was closed is quote_not_ordered
expected as (
    select distinct legal_entity, quote_number from {{ ref('exp_order') }}
),

going_on as (
    select
        subscriptions.*,
        coalesce(
            {{ dbt.datediff('greatest(cast(subscriptions.closed_at as date), subscriptions.start_on)', dbt.dateadd('day', 1, 'subscriptions.end_on'), 'month') }},
            12
        ) as months_left
    from subscriptions
    left join expected
        on subscriptions.legal_entity = expected.legal_entity and subscriptions.quote_number = expected.quote_number
    where expected.quote_number is null
),

found as (
    select
        native_id as identity,
        crm_platform as source_platform,
        deal_key,
        legal_entity,
        'subscription' as entity,
        platform,
        native_id,
        document_number,
        'status' as attribute,
        'cancelled' as expected_value,
        'active' as observed_value,
        {{ at_most_money('year_amount * months_left / 12') }} as amount_at_risk,
        currency,
        'order_closed' as cause,
        concat_ws(
            ' ', 'Subscription', document_number, 'is active in', platform, 'but order', order_number, 'was closed by',
            cast(cast(closed_at as date) as string), 'and quote', quote_number, 'is not accepted any more; it would still bill',
            {{ readable_money('year_amount * months_left / 12', 'currency') }},
            case when end_on is null then 'a year' else concat('until ', cast(end_on as string)) end
        ) as evidence,
        closed_at as due_at,
        source_updated_at as observed_version
    from going_on
    where months_left > 0
),

final as (
    {{ judged('subscription_not_cancelled') }}
)

select * from final
