{{ by_deal() }}

with repeated as (
    select * from {{ ref('payment_repeated') }}
),

expected as (
    select expected.*
    from {{ ref('exp_payment_allocation') }} as expected
    left join repeated on expected.source_platform = repeated.platform and expected.source_native_id = repeated.native_id
    where repeated.native_id is null
),

systems as (
    select * from {{ ref('dim_system') }} where role = 'billing'
),

received as (
    select
        payments.platform,
        payments.native_id,
        payments.payment_ref,
        payments.status is null or payments.status not in ('failed', 'refunded') as is_alive
    from {{ ref('fct_payment') }} as payments
    left join repeated on payments.platform = repeated.platform and payments.native_id = repeated.native_id
    where repeated.native_id is null
),

payments as (
    select
        platform,
        payment_ref,
        max(case when is_alive then 1 else 0 end) as is_alive
    from received
    group by platform, payment_ref
),

invoices as (
    select
        platform,
        native_id,
        coalesce(billing_number, document_number) as billing_number,
        balance
    from {{ ref('fct_invoice') }}
    where status <> 'void'
),

allocations as (
    select
        allocations.platform,
        allocations.payment_ref,
        allocations.currency,
        allocations.amount,
        invoices.billing_number
    from {{ ref('fct_payment_allocation') }} as allocations
    inner join received
        on allocations.platform = received.platform and allocations.payment_native_id = received.native_id
    left join invoices
        on allocations.platform = invoices.platform and allocations.invoice_native_id = invoices.native_id
    where received.is_alive
),

-- what was given back without a credit is found as that, not as applied too much
uncredited as (
    select
        platform,
        payment_native_id,
        sum(uncredited_amount) as amount
    from {{ ref('refund_credit') }}
    group by platform, payment_native_id
),

aimed as (
    select
        expected.expected_key,
        allocations.currency,
        allocations.amount,
        allocations.billing_number,
        expected.invoice_native_id is null or coalesce(allocations.billing_number = expected.invoice_number, false) as is_own
    from expected
    inner join allocations
        on expected.platform = allocations.platform and expected.payment_ref = allocations.payment_ref
),

applied as (
    select
        expected_key,
        currency,
        sum(amount) as amount,
        sum(case when is_own then amount else 0 end) as own_amount,
        min(case when not is_own then billing_number end) as other_number
    from aimed
    group by expected_key, currency
),

compared as (
    select
        expected.*,
        applied.expected_key is not null as is_applied,
        applied.currency as applied_currency,
        coalesce(applied.amount, 0) as applied_amount,
        coalesce(applied.own_amount, 0) as own_amount,
        applied.other_number,
        invoices.balance as invoice_balance,
        payments.is_alive,
        coalesce(uncredited.amount, 0) as uncredited_amount
    from expected
    left join uncredited on expected.source_platform = uncredited.platform and expected.source_native_id = uncredited.payment_native_id
    left join applied on expected.expected_key = applied.expected_key
    left join invoices on expected.platform = invoices.platform and expected.invoice_native_id = invoices.native_id
    left join payments on expected.platform = payments.platform and expected.payment_ref = payments.payment_ref
    left join systems on expected.platform = systems.platform and expected.legal_entity = systems.legal_entity
    where expected.invoice_native_id is not null or systems.platform is not null
),

final as (
    select
        expected_key,
        deal_key,
        legal_entity,
        platform,
        entity,
        source_platform,
        source_native_id,
        source_updated_at,
        due_at,
        payment_ref,
        invoice_number,
        currency,
        amount,
        applied_currency,
        {{ money('applied_amount') }} as applied_amount,
        {{ money('own_amount') }} as own_amount,
        {{ money('greatest(applied_amount - amount - uncredited_amount, 0)') }} as over_amount,
        {{ money('greatest(least(applied_amount, amount) - own_amount, 0)') }} as misapplied_amount,
        other_number,
        invoice_balance,
        case
            when is_applied and (applied_currency is distinct from currency) then 'currency'
            when applied_amount >= amount then null
            when invoice_native_id is null then 'invoice_unknown'
            when applied_amount > 0 then 'partly_applied'
            when is_alive = 1 then 'payment_unapplied'
            when is_alive = 0 then 'payment_void'
            else 'payment_missing'
        end as lack
    from compared
)

select * from final
