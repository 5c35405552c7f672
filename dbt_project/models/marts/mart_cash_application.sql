with roles as (
    select
        legal_entity,
        max(case when role = 'payments' then platform end) as payments,
        max(case when role = 'billing' then platform end) as billing,
        max(case when role = 'erp' then platform end) as erp
    from {{ ref('dim_system') }}
    group by legal_entity
),

payments as (
    select
        payments.*,
        coalesce(payments.payment_ref, concat_ws(':', payments.platform, payments.native_id)) as payment_key
    from {{ ref('fct_payment') }} as payments
),

collected as (
    select payments.*, roles.billing, roles.erp
    from payments
    inner join roles on payments.legal_entity = roles.legal_entity and payments.platform = roles.payments
),

-- a wire that was entered in billing or the books and that nobody collected: only there it is asked for
entered as (
    select
        payments.*,
        case when payments.platform = roles.billing then roles.billing end as billing,
        case when payments.platform = roles.erp then roles.erp end as erp
    from payments
    inner join roles on payments.legal_entity = roles.legal_entity and payments.platform in (roles.billing, roles.erp)
    left join collected on payments.legal_entity = collected.legal_entity and payments.payment_key = collected.payment_key
    where collected.payment_key is null
),

every_payment as (
    select * from collected
    union all
    select * from entered
),

refunded as (
    select platform, payment_native_id, sum(amount) as amount
    from {{ ref('fct_refund') }}
    where status = 'succeeded'
    group by platform, payment_native_id
),

applied as (
    select
        allocations.platform,
        payments.legal_entity,
        payments.payment_key,
        sum(allocations.amount) as amount,
        max(allocations.applied_on) as applied_on,
        count(distinct allocations.invoice_native_id) as invoice_count
    from {{ ref('fct_payment_allocation') }} as allocations
    inner join payments on allocations.platform = payments.platform and allocations.payment_native_id = payments.native_id
    where payments.status is distinct from 'failed' and payments.status is distinct from 'refunded'
    group by allocations.platform, payments.legal_entity, payments.payment_key
),

-- whoever billed says by when it was to be paid
invoices as (
    select
        invoices.legal_entity,
        coalesce(invoices.billing_number, invoices.document_number) as invoice_number,
        min(invoices.due_on) as due_on
    from {{ ref('fct_invoice') }} as invoices
    inner join roles on invoices.legal_entity = roles.legal_entity and invoices.platform = coalesce(roles.billing, roles.erp)
    where invoices.status in ('open', 'paid')
    group by invoices.legal_entity, coalesce(invoices.billing_number, invoices.document_number)
),

placed as (
    select
        every_payment.*,
        refunded.amount as refunded_amount,
        case when every_payment.status = 'succeeded' then every_payment.amount else 0 end as due_amount,
        case when every_payment.billing is not null then coalesce(billed.amount, 0) end as billing_applied_amount,
        case when every_payment.erp is not null then coalesce(booked.amount, 0) end as erp_applied_amount,
        billed.applied_on as billing_applied_on,
        booked.applied_on as erp_applied_on,
        greatest(coalesce(billed.invoice_count, 0), coalesce(booked.invoice_count, 0)) as invoice_count,
        repeated.native_id is not null as is_repeated,
        invoices.due_on,
        freshness.observed_through
    from every_payment
    inner join {{ ref('platform_freshness') }} as freshness on every_payment.platform = freshness.platform
    left join refunded on every_payment.platform = refunded.platform and every_payment.native_id = refunded.payment_native_id
    left join applied as billed
        on
            every_payment.billing = billed.platform
            and every_payment.legal_entity = billed.legal_entity
            and every_payment.payment_key = billed.payment_key
    left join applied as booked
        on
            every_payment.erp = booked.platform
            and every_payment.legal_entity = booked.legal_entity
            and every_payment.payment_key = booked.payment_key
    left join invoices
        on every_payment.legal_entity = invoices.legal_entity and every_payment.invoice_number = invoices.invoice_number
    left join {{ ref('payment_repeated') }} as repeated
        on every_payment.platform = repeated.platform and every_payment.native_id = repeated.native_id
),

measured as (
    select
        *,
        greatest(
            due_amount - coalesce(billing_applied_amount, due_amount), due_amount - coalesce(erp_applied_amount, due_amount), 0
        ) as open_amount,
        {{ dbt.datediff('cast(paid_at as date)', 'cast(observed_through as date)', 'day') }} as age_days
    from placed
),

final as (
    select
        cast(platform as string) as platform,
        cast(native_id as string) as native_id,
        cast(document_number as string) as document_number,
        cast(legal_entity as string) as legal_entity,
        cast(deal_key as string) as deal_key,
        cast(customer_key as string) as customer_key,
        cast(payment_ref as string) as payment_ref,
        cast(invoice_number as string) as invoice_number,
        cast(status as string) as status,
        cast(currency as string) as currency,
        {{ money('amount') }} as amount,
        {{ money('coalesce(refunded_amount, 0)') }} as refunded_amount,
        {{ money('coalesce(fee_amount, 0)') }} as fee_amount,
        cast(paid_at as timestamp) as paid_at,
        cast(due_on as date) as invoice_due_on,
        cast({{ dbt.datediff('due_on', 'cast(paid_at as date)', 'day') }} as bigint) as days_late,
        cast(is_repeated as boolean) as is_repeated,
        cast(invoice_count as bigint) as invoice_count,
        cast(billing as string) as billing_platform,
        {{ money('billing_applied_amount') }} as billing_applied_amount,
        cast({{ dbt.datediff('cast(paid_at as date)', 'billing_applied_on', 'day') }} as bigint) as billing_days_to_apply,
        cast(erp as string) as erp_platform,
        {{ money('erp_applied_amount') }} as erp_applied_amount,
        cast({{ dbt.datediff('cast(paid_at as date)', 'erp_applied_on', 'day') }} as bigint) as erp_days_to_apply,
        {{ money('open_amount') }} as open_amount,
        cast(case when open_amount > 0 then age_days end as bigint) as open_days,
        cast(case when open_amount > 0 then {{ age_bucket('age_days') }} end as string) as open_age_bucket
    from measured
)

select * from final
