with

invoice_payment as (
    select * from {{ ref('base_stripe__invoice_payment') }}
),

charge as (
    select * from {{ ref('base_stripe__charge') }}
),

refund as (
    select * from {{ ref('base_stripe__refund') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

-- the charge that took the money of a payment intent
taken as (
    select
        payment_intent,
        max(id) as charge
    from charge
    where status = 'succeeded' and captured and payment_intent is not null
    group by payment_intent
),

returned as (
    select
        charge,
        sum(amount) as amount
    from refund
    where coalesce(status, 'pending') not in ('failed', 'canceled') and not q2c_is_deleted
    group by charge
),

paid as (
    select
        invoice_payment.*,
        coalesce(invoice_payment.charge, taken.charge) as collected_by
    from invoice_payment
    left join taken
        on invoice_payment.payment_intent = taken.payment_intent
    where invoice_payment.status = 'paid'
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('payment_allocation' as string) as entity,
        cast(paid.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(upper(paid.currency) as string) as currency,
        cast(null as string) as status,
        cast(coalesce(paid.paid_at, paid.created) as timestamp) as created_at,
        cast(coalesce(paid.event_created, paid.paid_at, paid.created) as timestamp) as source_updated_at,
        cast(paid.q2c_read_at as timestamp) as observed_at,
        paid.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('stripe_url', 'https://dashboard.stripe.com') }}'
            || case when paid.livemode then '' else '/test' end
            || '/invoices/' || paid.invoice
            as string
        ) as source_url,
        cast(coalesce(paid.collected_by, paid.payment_record) as string) as payment_native_id,
        cast(paid.invoice as string) as invoice_native_id,
        {{ from_minor_units('greatest(paid.amount_paid - coalesce(returned.amount, 0), 0)', 'currencies.minor_units') }} as amount,
        cast(coalesce(paid.paid_at, paid.created) as date) as applied_on
    from paid
    left join returned
        on paid.collected_by = returned.charge
    left join currencies
        on upper(paid.currency) = currencies.currency
)

select * from final
