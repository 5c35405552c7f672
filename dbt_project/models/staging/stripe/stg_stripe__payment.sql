with

charge as (
    select * from {{ ref('base_stripe__charge') }}
),

balance_transaction as (
    select
        source,
        max(currency) as currency,
        sum(amount) as amount,
        sum(fee) as fee
    from {{ ref('base_stripe__balance_transaction') }}
    where type in ('charge', 'payment')
    group by source
),

-- what is settled in another currency cost the same share of the charge
charged as (
    select
        charge.id,
        case
            when charge.currency = balance_transaction.currency then balance_transaction.fee
            else {{ share_of('coalesce(charge.amount_captured, charge.amount)', 'balance_transaction.fee', 'nullif(balance_transaction.amount, 0)', '0') }}
        end as fee
    from charge
    inner join balance_transaction on charge.id = balance_transaction.source
),

-- a lost dispute takes back as a refund does
lost as (
    select
        dispute.charge,
        sum(case when dispute.currency = charge.currency then dispute.amount else charge.amount end) as amount,
        max(coalesce(dispute.event_created, dispute.created)) as changed_at
    from {{ ref('base_stripe__dispute') }} as dispute
    inner join charge on dispute.charge = charge.id
    where dispute.status in ('lost', 'appeal_needs_response', 'appeal_under_review') and not dispute.q2c_is_deleted
    group by dispute.charge
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

kept as (
    select
        charge.id,
        -- what was authorised and never taken may count as refunded: it is not taken off twice
        case
            when charge.amount_refunded >= charge.amount - coalesce(charge.amount_captured, charge.amount)
                then charge.amount - charge.amount_refunded
            else charge.amount_captured - charge.amount_refunded
        end - coalesce(lost.amount, 0) as amount
    from charge
    left join lost on charge.id = lost.charge
    where charge.status = 'succeeded' and charge.captured and not charge.refunded
),

collected as (
    select kept.* from kept
    left join lost on kept.id = lost.charge
    where kept.amount > 0 or lost.charge is null
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
                when charge.status = 'succeeded' and (charge.refunded or (lost.charge is not null and kept.amount <= 0)) then 'refunded'
                when charge.status = 'succeeded' and charge.captured then 'succeeded'
                when charge.status in ('succeeded', 'pending') then 'pending'
            end as string
        ) as status,
        cast(charge.created as timestamp) as created_at,
        cast(greatest(coalesce(charge.event_created, charge.created), coalesce(lost.changed_at, charge.created)) as timestamp) as source_updated_at,
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
        {{ from_minor_units('charged.fee', 'currencies.minor_units') }} as fee_amount,
        cast(charge.created as timestamp) as paid_at,
        cast(null as decimal(18, 4)) as unapplied_amount
    from charge
    left join collected
        on charge.id = collected.id
    left join billed
        on coalesce(charge.payment_intent, charge.id) = billed.paid_by
    left join kept
        on charge.id = kept.id
    left join lost
        on charge.id = lost.charge
    left join charged
        on charge.id = charged.id
    left join currencies
        on upper(charge.currency) = currencies.currency
)

select * from final
