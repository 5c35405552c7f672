with

refund as (
    select * from {{ ref('base_stripe__refund') }}
),

charge as (
    select
        id,
        payment_intent,
        livemode,
        status
    from {{ ref('base_stripe__charge') }}
),

taken as (
    select
        payment_intent,
        max(id) as charge
    from charge
    where status = 'succeeded' and payment_intent is not null
    group by payment_intent
),

currencies as (
    select * from {{ ref('currencies') }}
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('refund' as string) as entity,
        cast(refund.id as string) as native_id,
        cast(refund.id as string) as document_number,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(upper(refund.currency) as string) as currency,
        cast(
            case
                when refund.status = 'succeeded' then 'succeeded'
                when refund.status in ('failed', 'canceled') then 'failed'
                when coalesce(refund.status, 'pending') in ('pending', 'requires_action') then 'pending'
            end as string
        ) as status,
        cast(refund.created as timestamp) as created_at,
        cast(coalesce(refund.event_created, refund.created) as timestamp) as source_updated_at,
        cast(refund.q2c_read_at as timestamp) as observed_at,
        refund.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('stripe_url', 'https://dashboard.stripe.com') }}'
            || case when charge.livemode then '' else '/test' end
            || '/payments/' || coalesce(refund.charge, taken.charge)
            as string
        ) as source_url,
        cast(coalesce(refund.charge, taken.charge) as string) as payment_native_id,
        {{ from_minor_units('refund.amount', 'currencies.minor_units') }} as amount,
        cast(refund.reason as string) as reason,
        cast(refund.created as timestamp) as refunded_at
    from refund
    left join taken on refund.payment_intent = taken.payment_intent
    left join charge on coalesce(refund.charge, taken.charge) = charge.id
    left join currencies on upper(refund.currency) = currencies.currency
)

select * from final
