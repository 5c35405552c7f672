with systems as (
    select * from {{ ref('dim_system') }}
),

collecting as (
    select * from systems where role = 'payments'
),

receipts as (
    select
        payments.platform,
        payments.legal_entity,
        payments.payment_ref,
        substring(payments.payment_ref, 1, 2) as beginning,
        cast(payments.paid_at as date) as paid_on
    from {{ ref('fct_payment') }} as payments
    inner join collecting on payments.platform = collecting.platform and payments.legal_entity = collecting.legal_entity
    where payments.status is distinct from 'failed' and payments.payment_ref is not null
),

received as (
    select distinct
        legal_entity,
        payment_ref
    from receipts
),

read_days as (
    select
        legal_entity,
        platform,
        max(paid_on) as last_on
    from receipts
    group by legal_entity, platform
),

-- what comes by the platform has references that begin as its own do: a cheque entered by hand has none, or another kind
coming as (
    select
        receipts.legal_entity,
        receipts.beginning,
        min(receipts.platform) as platform,
        min(receipts.paid_on) as first_on,
        min(read_days.last_on) as last_on
    from receipts
    inner join read_days on receipts.platform = read_days.platform and receipts.legal_entity = read_days.legal_entity
    group by receipts.legal_entity, receipts.beginning
),

ledgers as (
    select distinct
        booking.legal_entity,
        booking.platform
    from systems as booking
    left join collecting on booking.platform = collecting.platform and booking.legal_entity = collecting.legal_entity
    where booking.role in ('billing', 'erp') and collecting.platform is null
),

applied as (
    select
        platform,
        payment_native_id,
        currency,
        sum(amount) as amount
    from {{ ref('fct_payment_allocation') }}
    group by platform, payment_native_id, currency
),

repeated as (
    select * from {{ ref('payment_repeated') }}
),

final as (
    select
        payments.platform,
        coming.platform as source_platform,
        payments.entity,
        payments.native_id,
        payments.document_number,
        payments.deal_key,
        payments.legal_entity,
        payments.payment_ref,
        applied.currency,
        {{ money('applied.amount') }} as applied_amount,
        payments.paid_at,
        payments.created_at,
        payments.source_updated_at
    from {{ ref('fct_payment') }} as payments
    inner join ledgers on payments.platform = ledgers.platform and payments.legal_entity = ledgers.legal_entity
    inner join applied on payments.platform = applied.platform and payments.native_id = applied.payment_native_id
    inner join coming
        on payments.legal_entity = coming.legal_entity and substring(payments.payment_ref, 1, 2) = coming.beginning
    left join received on payments.payment_ref = received.payment_ref and payments.legal_entity = received.legal_entity
    left join repeated on payments.platform = repeated.platform and payments.native_id = repeated.native_id
    where
        payments.status is distinct from 'failed' and payments.status is distinct from 'refunded'
        and received.payment_ref is null and repeated.native_id is null and applied.amount > 0
        -- a bank says of a day what came in once it is over: something of a later day was read
        and cast(payments.paid_at as date) >= coming.first_on and cast(payments.paid_at as date) < coming.last_on
)

select * from final
