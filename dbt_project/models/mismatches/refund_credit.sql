{{ by_deal() }}

with systems as (
    select * from {{ ref('dim_system') }}
),

collecting as (
    select
        legal_entity,
        platform
    from systems
    where role = 'payments'
),

issuing as (
    {{ issuing_systems() }}
),

refunds as (
    select refunds.*
    from {{ ref('fct_refund') }} as refunds
    inner join collecting on refunds.platform = collecting.platform and refunds.legal_entity = collecting.legal_entity
    where refunds.status = 'succeeded' and refunds.invoice_number is not null
),

given as (
    select
        platform,
        payment_native_id,
        sum(amount) as amount
    from refunds
    group by platform, payment_native_id
),

-- what was given back in part is no longer in a payment's amount
collected as (
    select
        payments.legal_entity,
        payments.invoice_number,
        payments.currency,
        sum(payments.amount + case when payments.status = 'succeeded' then coalesce(given.amount, 0) else 0 end) as amount
    from {{ ref('fct_payment') }} as payments
    inner join collecting on payments.platform = collecting.platform and payments.legal_entity = collecting.legal_entity
    left join given on payments.platform = given.platform and payments.native_id = given.payment_native_id
    where payments.status in ('succeeded', 'refunded')
    group by payments.legal_entity, payments.invoice_number, payments.currency
),

invoices as (
    select
        invoices.legal_entity,
        invoices.platform,
        invoices.document_number as invoice_number,
        invoices.currency,
        max(case when invoices.status = 'void' then 0 else invoices.amount end) as amount
    from {{ ref('fct_invoice') }} as invoices
    inner join issuing on invoices.platform = issuing.platform and invoices.legal_entity = issuing.legal_entity
    where invoices.amount >= 0
    group by invoices.legal_entity, invoices.platform, invoices.document_number, invoices.currency
),

credits as (
    select * from {{ ref('issued_credit') }}
),

credited_invoices as (
    select
        legal_entity,
        invoice_number,
        currency,
        sum(amount) as amount
    from credits
    where invoice_number is not null
    group by legal_entity, invoice_number, currency
),

-- what names no invoice serves any of its deal
credited_deals as (
    select
        deal_key,
        currency,
        sum(amount) as amount
    from credits
    where invoice_number is null
    group by deal_key, currency
),

compared as (
    select
        refunds.*,
        invoices.platform as billing_platform,
        invoices.amount as invoice_amount,
        coalesce(collected.amount, 0) as collected_amount,
        coalesce(credited_invoices.amount, 0) + coalesce(credited_deals.amount, 0) as credited_amount,
        sum(refunds.amount) over (
            partition by refunds.legal_entity, refunds.invoice_number, refunds.currency
            order by refunds.refunded_at, refunds.native_id
            rows between unbounded preceding and current row
        ) as refunded_amount
    from refunds
    inner join invoices
        on
            refunds.legal_entity = invoices.legal_entity
            and refunds.invoice_number = invoices.invoice_number
            and refunds.currency = invoices.currency
    left join collected
        on
            refunds.legal_entity = collected.legal_entity
            and refunds.invoice_number = collected.invoice_number
            and refunds.currency = collected.currency
    left join credited_invoices
        on
            refunds.legal_entity = credited_invoices.legal_entity
            and refunds.invoice_number = credited_invoices.invoice_number
            and refunds.currency = credited_invoices.currency
    left join credited_deals on refunds.deal_key = credited_deals.deal_key and refunds.currency = credited_deals.currency
),

justified as (
    select
        *,
        greatest(collected_amount - greatest(invoice_amount - credited_amount, 0), 0) as justified_amount
    from compared
),

final as (
    select
        platform,
        billing_platform,
        entity,
        native_id,
        document_number,
        deal_key,
        legal_entity,
        currency,
        payment_native_id,
        payment_ref,
        invoice_number,
        amount,
        reason,
        refunded_at,
        created_at,
        source_updated_at,
        {{ money('invoice_amount') }} as invoice_amount,
        {{ money('credited_amount') }} as credited_amount,
        {{ money('greatest(least(amount, refunded_amount - justified_amount), 0)') }} as uncredited_amount
    from justified
)

select * from final
