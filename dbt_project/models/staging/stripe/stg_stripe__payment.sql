with

charge as (
    select * from {{ ref('base_stripe__charge') }}
),

balance_transaction as (
    select
        source,
        currency,
        sum(fee) as fee
    from {{ ref('base_stripe__balance_transaction') }}
    where type in ('charge', 'payment')
    group by source, currency
),

invoice_payment as (
    select * from {{ ref('base_stripe__invoice_payment') }}
),

invoice as (
    select * from {{ ref('base_stripe__invoice') }}
),

-- what pays an invoice of Stripe's own is tied to it by an invoice payment; another platform's is named in the metadata
billed as (
    select
        coalesce(invoice_payment.payment_intent, invoice_payment.charge) as paid_by,
        max(invoice.number) as invoice_number
    from invoice_payment
    inner join invoice
        on invoice_payment.invoice = invoice.id
    where invoice_payment.status <> 'canceled'
    group by coalesce(invoice_payment.payment_intent, invoice_payment.charge)
),

currencies as (
    select * from {{ ref('currencies') }}
),

collected as (
    select
        id,
        -- what was authorised and never taken may count as refunded: it is not taken off twice
        case
            when amount_refunded >= amount - coalesce(amount_captured, amount) then amount - amount_refunded
            else amount_captured - amount_refunded
        end as amount
    from charge
    where status = 'succeeded' and captured and not refunded
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('payment' as string) as entity,
        cast(charge.id as string) as native_id,
        cast(charge.id as string) as document_number,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(upper(charge.currency) as string) as currency,
        cast(
            case
                when charge.status = 'failed' then 'failed'
                when charge.status = 'succeeded' and charge.refunded then 'refunded'
                when charge.status = 'succeeded' and charge.captured then 'succeeded'
                when charge.status in ('succeeded', 'pending') then 'pending'
            end as string
        ) as status,
        cast(charge.created as timestamp) as created_at,
        cast(coalesce(charge.event_created, charge.created) as timestamp) as source_updated_at,
        cast(charge.q2c_read_at as timestamp) as observed_at,
        charge.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('stripe_url', 'https://dashboard.stripe.com') }}'
            || case when charge.livemode then '' else '/test' end
            || '/payments/' || charge.id
            as string
        ) as source_url,
        cast(charge.id as string) as payment_ref,
        cast(coalesce(charge.metadata_invoice_number, billed.invoice_number) as string) as invoice_number,
        cast(charge.customer as string) as customer_native_id,
        {{ from_minor_units('coalesce(collected.amount, charge.amount)', 'currencies.minor_units') }} as amount,
        {{ from_minor_units('balance_transaction.fee', 'currencies.minor_units') }} as fee_amount,
        cast(charge.created as timestamp) as paid_at,
        cast(null as decimal(18, 4)) as unapplied_amount
    from charge
    left join collected
        on charge.id = collected.id
    left join billed
        on coalesce(charge.payment_intent, charge.id) = billed.paid_by
    left join balance_transaction
        on charge.id = balance_transaction.source and charge.currency = balance_transaction.currency
    left join currencies
        on upper(charge.currency) = currencies.currency
)

select * from final
