with repeated as (
    select * from {{ ref('payment_repeated') }}
),

paid_twice as (
    select distinct
        legal_entity,
        payment_ref
    from repeated
    where cause = 'paid_twice' and payment_ref is not null
),

unreceived as (
    select distinct
        platform,
        native_id
    from {{ ref('unreceived_payment') }}
),

-- of a charge it is known what it is for, and what is applied of it beyond what was collected
asked as (
    select
        platform,
        payment_ref,
        min(invoice_number) as invoice_number,
        sum(over_amount) as over_amount
    from {{ ref('cash_application') }}
    group by platform, payment_ref
),

payments as (
    select
        payments.platform,
        payments.native_id,
        coalesce(payments.payment_ref, payments.document_number) as payment_number,
        greatest(payments.created_at, payments.paid_at) as entered_at,
        asked.invoice_number as asked_number,
        coalesce(asked.over_amount, 0) as over_amount
    from {{ ref('fct_payment') }} as payments
    left join asked on payments.platform = asked.platform and payments.payment_ref = asked.payment_ref
    left join repeated on payments.platform = repeated.platform and payments.native_id = repeated.native_id
    left join unreceived on payments.platform = unreceived.platform and payments.native_id = unreceived.native_id
    left join paid_twice on payments.payment_ref = paid_twice.payment_ref and payments.legal_entity = paid_twice.legal_entity
    where
        payments.status is distinct from 'failed' and payments.status is distinct from 'refunded'
        and repeated.native_id is null and unreceived.native_id is null and paid_twice.payment_ref is null
),

allocations as (
    select
        platform,
        payment_native_id,
        invoice_native_id,
        currency,
        sum(amount) as amount
    from {{ ref('fct_payment_allocation') }}
    group by platform, payment_native_id, invoice_native_id, currency
),

applied as (
    select
        invoices.platform,
        invoices.native_id,
        count(*) as payment_count,
        sum(allocations.amount - payments.over_amount) as amount,
        min(payments.payment_number) as first_number,
        max(payments.payment_number) as last_number,
        max(payments.entered_at) as entered_at
    from allocations
    inner join payments on allocations.platform = payments.platform and allocations.payment_native_id = payments.native_id
    inner join {{ ref('fct_invoice') }} as invoices
        on allocations.platform = invoices.platform and allocations.invoice_native_id = invoices.native_id
    where
        allocations.amount > 0 and allocations.currency = invoices.currency
        and coalesce(payments.asked_number = coalesce(invoices.billing_number, invoices.document_number), true)
    group by invoices.platform, invoices.native_id
),

final as (
    select
        invoices.platform,
        invoices.entity,
        invoices.native_id,
        invoices.document_number,
        invoices.deal_key,
        invoices.legal_entity,
        invoices.currency,
        invoices.amount,
        {{ money('applied.amount') }} as applied_amount,
        applied.payment_count,
        applied.first_number,
        applied.last_number,
        applied.entered_at,
        invoices.source_updated_at
    from applied
    inner join {{ ref('fct_invoice') }} as invoices
        on applied.platform = invoices.platform and applied.native_id = invoices.native_id
    where invoices.status <> 'void' and applied.payment_count > 1 and applied.amount > invoices.amount
)

select * from final
