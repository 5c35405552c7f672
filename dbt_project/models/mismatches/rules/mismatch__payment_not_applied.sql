with expected as (
    select * from {{ ref('exp_payment_allocation') }}
),

systems as (
    select * from {{ ref('dim_system') }} where role = 'billing'
),

payments as (
    select
        platform,
        payment_ref,
        count(*) as payment_count
    from {{ ref('fct_payment') }}
    where status <> 'failed'
    group by platform, payment_ref
),

applied as (
    select
        platform,
        payment_ref,
        sum(amount) as amount
    from {{ ref('fct_payment_allocation') }}
    group by platform, payment_ref
),

compared as (
    select
        expected.*,
        coalesce(applied.amount, 0) as applied_amount,
        payments.payment_count is not null as is_recorded,
        systems.platform is not null as is_billing
    from expected
    left join applied on expected.platform = applied.platform and expected.payment_ref = applied.payment_ref
    left join payments on expected.platform = payments.platform and expected.payment_ref = payments.payment_ref
    left join systems on expected.platform = systems.platform and expected.legal_entity = systems.legal_entity
),

found as (
    select
        expected_key as identity,
        source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        source_native_id as native_id,
        payment_ref as document_number,
        'amount' as attribute,
        {{ plain_decimal('amount') }} as expected_value,
        {{ plain_decimal('applied_amount') }} as observed_value,
        amount - applied_amount as amount_at_risk,
        currency,
        case
            when invoice_native_id is null then 'invoice_unknown'
            when applied_amount > 0 then 'partly_applied'
            when is_recorded then 'payment_unapplied'
            else 'payment_missing'
        end as cause,
        concat_ws(
            ' ', 'Charge', payment_ref, 'collected', {{ readable_money('amount', 'currency') }}, 'for invoice', invoice_number,
            'in', source_platform, 'but', {{ readable_money('applied_amount', 'currency') }}, 'of it are applied in', platform
        ) as evidence,
        due_at,
        cast(null as timestamp) as observed_version
    from compared
    where
        applied_amount < amount
        and (invoice_native_id is not null or is_billing)
),

final as (
    {{ judged('payment_not_applied') }}
)

select * from final
