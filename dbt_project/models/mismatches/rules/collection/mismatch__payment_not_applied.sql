{{ by_deal() }}

with expected as (
    select * from {{ ref('exp_payment_allocation') }}
),

systems as (
    select * from {{ ref('dim_system') }} where role = 'billing'
),

received as (
    select
        platform,
        native_id,
        payment_ref,
        status is null or status not in ('failed', 'refunded') as is_alive
    from {{ ref('fct_payment') }}
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
        coalesce(billing_number, document_number) as billing_number
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

applied as (
    select
        expected.expected_key,
        allocations.currency,
        sum(allocations.amount) as amount,
        sum(
            case
                when expected.invoice_native_id is null or allocations.billing_number = expected.invoice_number
                    then allocations.amount
                else 0
            end
        ) as own_amount
    from expected
    inner join allocations
        on expected.platform = allocations.platform and expected.payment_ref = allocations.payment_ref
    group by expected.expected_key, allocations.currency
),

compared as (
    select
        expected.*,
        coalesce(applied.amount, 0) as applied_amount,
        applied.currency as applied_currency,
        coalesce(applied.own_amount, 0) as own_amount,
        case
            when applied.expected_key is not null and (applied.currency is distinct from expected.currency) then 'currency'
            when coalesce(applied.amount, 0) > expected.amount then 'applied_too_much'
            when coalesce(applied.own_amount, 0) >= expected.amount then null
            when expected.invoice_native_id is null then 'invoice_unknown'
            when applied.amount > applied.own_amount then 'applied_elsewhere'
            when applied.own_amount > 0 then 'partly_applied'
            when payments.is_alive = 1 then 'payment_unapplied'
            when payments.is_alive = 0 then 'payment_void'
            else 'payment_missing'
        end as cause
    from expected
    left join applied on expected.expected_key = applied.expected_key
    left join payments on expected.platform = payments.platform and expected.payment_ref = payments.payment_ref
    left join systems on expected.platform = systems.platform and expected.legal_entity = systems.legal_entity
    where expected.invoice_native_id is not null or systems.platform is not null
),

found as (
    select
        case when cause = 'currency' then concat_ws(':', expected_key, applied_currency) else expected_key end as identity,
        source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        source_native_id as native_id,
        payment_ref as document_number,
        case cause
            when 'currency' then 'currency'
            when 'applied_too_much' then 'applied_amount'
            when 'applied_elsewhere' then 'invoice'
            else 'amount'
        end as attribute,
        case when cause = 'currency' then currency else {{ plain_decimal('amount') }} end as expected_value,
        case
            when cause = 'currency' then applied_currency
            when cause = 'applied_too_much' then {{ plain_decimal('applied_amount') }}
            else {{ plain_decimal('own_amount') }}
        end as observed_value,
        case cause
            when 'currency' then applied_amount
            when 'applied_too_much' then applied_amount - amount
            else amount - own_amount
        end as amount_at_risk,
        case when cause = 'currency' then applied_currency else currency end as currency,
        cause,
        concat_ws(
            ' ', 'Charge', payment_ref, 'collected', {{ readable_money('amount', 'currency') }}, 'for invoice', invoice_number,
            'in', source_platform, 'but',
            case
                when cause = 'currency'
                    then concat_ws(' ', {{ readable_money('applied_amount', 'applied_currency') }}, 'are applied in', platform)
                when cause in ('applied_too_much', 'applied_elsewhere')
                    then concat_ws(
                        ' ', {{ readable_money('own_amount', 'currency') }}, 'are applied to it and',
                        {{ readable_money('applied_amount - own_amount', 'currency') }}, 'to other invoices in', platform
                    )
                else concat_ws(' ', {{ readable_money('own_amount', 'currency') }}, 'of it are applied in', platform)
            end
        ) as evidence,
        case when cause in ('currency', 'applied_too_much') then greatest(due_at, source_updated_at) else due_at end as due_at,
        cast(null as timestamp) as observed_version
    from compared
    where cause is not null
),

final as (
    {{ judged('payment_not_applied') }}
)

select * from final
