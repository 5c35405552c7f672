with

refund as (
    select * from {{ ref('base_stripe__refund') }}
),

dispute as (
    select * from {{ ref('base_stripe__dispute') }}
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

-- what a dispute takes back, it takes when it is lost
given as (
    select
        refund.id,
        refund.currency,
        case
            when refund.status = 'succeeded' then 'succeeded'
            when refund.status in ('failed', 'canceled') then 'failed'
            when coalesce(refund.status, 'pending') in ('pending', 'requires_action') then 'pending'
        end as status,
        refund.created,
        refund.event_created,
        refund.q2c_read_at,
        refund.q2c_is_deleted,
        coalesce(refund.charge, taken.charge) as charge,
        refund.amount,
        refund.reason
    from refund
    left join taken on refund.payment_intent = taken.payment_intent
    union all
    select
        id,
        currency,
        case
            when status in ('lost', 'appeal_needs_response', 'appeal_under_review') then 'succeeded'
            when status in ('won', 'prevented', 'warning_closed') then 'failed'
            when status in ('needs_response', 'under_review', 'warning_needs_response', 'warning_under_review') then 'pending'
        end as status,
        created,
        event_created,
        q2c_read_at,
        q2c_is_deleted,
        charge,
        amount,
        concat_ws(' ', 'dispute:', reason) as reason
    from dispute
),

currencies as (
    select * from {{ ref('currencies') }}
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('refund' as string) as entity,
        cast(given.id as string) as native_id,
        cast(given.id as string) as document_number,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(upper(given.currency) as string) as currency,
        cast(given.status as string) as status,
        cast(given.created as timestamp) as created_at,
        cast(coalesce(given.event_created, given.created) as timestamp) as source_updated_at,
        cast(given.q2c_read_at as timestamp) as observed_at,
        given.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('stripe_url', 'https://dashboard.stripe.com') }}'
            || case when charge.livemode then '' else '/test' end
            || '/payments/' || given.charge
            as string
        ) as source_url,
        cast(given.charge as string) as payment_native_id,
        {{ from_minor_units('given.amount', 'currencies.minor_units') }} as amount,
        cast(given.reason as string) as reason,
        cast(given.created as timestamp) as refunded_at
    from given
    left join charge on given.charge = charge.id
    left join currencies on upper(given.currency) = currencies.currency
)

select * from final
