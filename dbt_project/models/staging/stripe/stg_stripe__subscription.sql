with

subscription as (
    select * from {{ ref('base_stripe__subscription') }}
),

-- what began as a trial is in force from its end
term as (
    select
        id,
        coalesce(trial_end, start_date) as starts_at
    from subscription
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('subscription' as string) as entity,
        cast(subscription.id as string) as native_id,
        cast(subscription.id as string) as document_number,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(upper(subscription.currency) as string) as currency,
        cast(
            case
                when subscription.status = 'canceled' and subscription.ended_at >= subscription.cancel_at then 'expired'
                when subscription.status in ('canceled', 'incomplete_expired') then 'cancelled'
                when subscription.status in ('trialing', 'active', 'past_due', 'unpaid', 'paused') then 'active'
                when subscription.status = 'incomplete' then 'draft'
            end as string
        ) as status,
        cast(subscription.created as timestamp) as created_at,
        cast(coalesce(subscription.event_created, subscription.created) as timestamp) as source_updated_at,
        cast(subscription.q2c_read_at as timestamp) as observed_at,
        subscription.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('stripe_url', 'https://dashboard.stripe.com') }}'
            || case when subscription.livemode then '' else '/test' end
            || '/subscriptions/' || subscription.id
            as string
        ) as source_url,
        cast(subscription.metadata_quote_number as string) as quote_number,
        cast(subscription.metadata_order_number as string) as order_number,
        cast(subscription.customer as string) as customer_native_id,
        cast(term.starts_at as date) as start_on,
        cast({{ dbt.dateadd('day', -1, 'subscription.cancel_at') }} as date) as end_on,
        cast({{ dbt.datediff('term.starts_at', 'subscription.cancel_at', 'month') }} as bigint) as term_months,
        cast(term.starts_at as date) as term_start_on,
        cast(false as boolean) as is_auto_renewing,
        cast(null as bigint) as renewal_term_months
    from subscription
    inner join term
        on subscription.id = term.id
)

select * from final
