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

invoices as (
    select
        invoices.legal_entity,
        invoices.document_number as invoice_number,
        invoices.currency,
        max(invoices.amount) as amount
    from {{ ref('fct_invoice') }} as invoices
    inner join issuing on invoices.platform = issuing.platform and invoices.legal_entity = issuing.legal_entity
    where invoices.status is distinct from 'void'
    group by invoices.legal_entity, invoices.document_number, invoices.currency
),

applied as (
    select
        platform,
        payment_native_id,
        sum(amount) as amount
    from {{ ref('fct_payment_allocation') }}
    group by platform, payment_native_id
),

standing as (
    select
        payments.*,
        collecting.platform is not null as is_charge,
        coalesce(applied.amount, 0) > 0 as is_applied
    from {{ ref('fct_payment') }} as payments
    left join collecting on payments.platform = collecting.platform and payments.legal_entity = collecting.legal_entity
    left join applied on payments.platform = applied.platform and payments.native_id = applied.payment_native_id
    where (payments.status is null or payments.status not in ('failed', 'refunded')) and payments.amount > 0
),

booked as (
    select
        platform,
        native_id,
        row_number() over (booking) as place,
        first_value(native_id) over (booking) as kept_native_id
    from standing
    where payment_ref is not null
    window booking as (
        partition by platform, legal_entity, payment_ref order by is_applied desc, created_at nulls last, native_id
    )
),

paid as (
    select
        platform,
        native_id,
        row_number() over (paying) as place,
        first_value(native_id) over (paying) as kept_native_id
    from standing
    where is_charge and status = 'succeeded' and invoice_number is not null
    window paying as (
        partition by platform, legal_entity, invoice_number, currency, amount order by paid_at nulls last, native_id
    )
),

surplus as (
    select
        standing.*,
        case when booked.place > 1 then 'booked_twice' else 'paid_twice' end as cause,
        case when booked.place > 1 then booked.kept_native_id else paid.kept_native_id end as kept_native_id
    from standing
    left join booked on standing.platform = booked.platform and standing.native_id = booked.native_id
    left join paid on standing.platform = paid.platform and standing.native_id = paid.native_id
    left join invoices
        on
            standing.legal_entity = invoices.legal_entity
            and standing.invoice_number = invoices.invoice_number
            and standing.currency = invoices.currency
    where booked.place > 1 or (paid.place > 1 and paid.place * standing.amount > invoices.amount)
),

final as (
    select
        surplus.platform,
        surplus.entity,
        surplus.native_id,
        surplus.document_number,
        surplus.deal_key,
        surplus.legal_entity,
        surplus.currency,
        surplus.amount,
        surplus.payment_ref,
        surplus.invoice_number,
        surplus.created_at,
        surplus.paid_at,
        surplus.source_updated_at,
        surplus.cause,
        kept.native_id as kept_native_id,
        kept.document_number as kept_document_number
    from surplus
    inner join standing as kept on surplus.platform = kept.platform and surplus.kept_native_id = kept.native_id
)

select * from final
