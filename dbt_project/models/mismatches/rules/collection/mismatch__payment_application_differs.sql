with differing as (
    select
        *,
        case when over_amount > 0 then 'over' else 'under' end as cause,
        -- what was given back without a credit stays applied until it has one, and is found as that
        case when over_amount > 0 then applied_amount - over_amount else amount end as applicable_amount
    from {{ ref('cash_application') }}
    where (over_amount > 0 and lack is null) or lack = 'partly_applied'
),

of_charges as (
    select
        expected_key as identity,
        source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        source_native_id as native_id,
        payment_ref as document_number,
        'applied_amount' as attribute,
        {{ plain_decimal('applicable_amount') }} as expected_value,
        {{ plain_decimal('applied_amount') }} as observed_value,
        abs(applied_amount - applicable_amount) as amount_at_risk,
        currency,
        cause,
        concat_ws(
            ' ', 'Charge', payment_ref, 'collected', {{ readable_money('amount', 'currency') }}, 'for invoice', invoice_number,
            'in', source_platform, 'but', {{ readable_money('applied_amount', 'currency') }}, 'of it are applied in', platform,
            case when applicable_amount > amount then concat('(', {{ readable_money('applicable_amount - amount', 'currency') }}, ' was given back without a credit)') end
        ) as evidence,
        case when cause = 'over' then greatest(due_at, source_updated_at) else due_at end as due_at,
        cast(null as timestamp) as observed_version
    from differing
),

of_payments as (
    select
        concat_ws(':', platform, entity, native_id, currency) as identity,
        source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        'applied_amount' as attribute,
        '0' as expected_value,
        {{ plain_decimal('applied_amount') }} as observed_value,
        applied_amount as amount_at_risk,
        currency,
        'receipt_missing' as cause,
        concat_ws(
            ' ', {{ readable_money('applied_amount', 'currency') }}, 'of payment', document_number, 'are applied in', platform,
            'but nothing was received by', payment_ref, 'in', source_platform
        ) as evidence,
        greatest(created_at, paid_at) as due_at,
        source_updated_at as observed_version
    from {{ ref('unreceived_payment') }}
),

of_invoices as (
    select
        concat_ws(':', platform, entity, native_id) as identity,
        platform as source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        'applied_amount' as attribute,
        {{ plain_decimal('amount') }} as expected_value,
        {{ plain_decimal('applied_amount') }} as observed_value,
        applied_amount - amount as amount_at_risk,
        currency,
        'invoice_over_applied' as cause,
        concat_ws(
            ' ', {{ readable_money('applied_amount', 'currency') }}, 'of', cast(payment_count as string), 'payments, such as',
            first_number, 'and', last_number || ',', 'are applied to invoice', document_number,
            'of', {{ readable_money('amount', 'currency') }}, 'in', platform
        ) as evidence,
        entered_at as due_at,
        source_updated_at as observed_version
    from {{ ref('over_applied_invoice') }}
),

found as (
    select * from of_charges
    union all
    select * from of_payments
    union all
    select * from of_invoices
),

final as (
    {{ judged('payment_application_differs') }}
)

select * from final
