with systems as (
    select distinct
        legal_entity,
        platform,
        observed_through
    from {{ ref('dim_system') }}
    where role in ('billing', 'erp')
),

repeated as (
    select * from {{ ref('payment_repeated') }}
),

paid_twice as (
    select distinct
        legal_entity,
        payment_ref
    from repeated
    where cause = 'paid_twice' and payment_ref is not null
),

-- what a charge is for is known: where that is not applied, another rule says so
wanted as (
    select
        platform,
        payment_ref,
        sum(amount) as amount
    from {{ ref('exp_payment_allocation') }}
    group by platform, payment_ref
),

applied as (
    select
        platform,
        payment_native_id,
        sum(amount) as amount
    from {{ ref('fct_payment_allocation') }}
    group by platform, payment_native_id
),

received as (
    select
        payments.*,
        systems.observed_through,
        -- a refund or a write-off uses a payment up without an allocation: where the payment says what is left of it, that counts
        least(
            coalesce(payments.unapplied_amount, payments.amount - coalesce(applied.amount, 0)),
            payments.amount - coalesce(wanted.amount, 0)
        ) as rest
    from {{ ref('fct_payment') }} as payments
    inner join systems on payments.platform = systems.platform and payments.legal_entity = systems.legal_entity
    left join applied on payments.platform = applied.platform and payments.native_id = applied.payment_native_id
    left join wanted on payments.platform = wanted.platform and payments.payment_ref = wanted.payment_ref
    left join repeated on payments.platform = repeated.platform and payments.native_id = repeated.native_id
    left join paid_twice on payments.legal_entity = paid_twice.legal_entity and payments.payment_ref = paid_twice.payment_ref
    where payments.status = 'succeeded' and repeated.native_id is null and paid_twice.payment_ref is null
),

open_cash as (
    select
        platform as source_platform,
        platform,
        entity,
        native_id,
        document_number,
        deal_key,
        legal_entity,
        currency,
        amount,
        rest,
        case when rest < amount then 'rest_unapplied' else 'wholly_unapplied' end as cause,
        paid_at,
        created_at,
        source_updated_at,
        observed_through
    from received
    where rest > 0
    union all
    select
        source_platform,
        platform,
        entity,
        native_id,
        payment_ref as document_number,
        deal_key,
        legal_entity,
        currency,
        amount,
        amount as rest,
        'receipt_not_entered' as cause,
        paid_at,
        created_at,
        cast(null as timestamp) as source_updated_at,
        observed_through
    from {{ ref('receipt_not_entered') }}
),

aged as (
    select
        *,
        {{ dbt.datediff('cast(paid_at as date)', 'cast(observed_through as date)', 'day') }} as age_days
    from open_cash
),

found as (
    select
        case when cause = 'receipt_not_entered' then concat_ws(':', source_platform, native_id) else native_id end as identity,
        source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        'unapplied_amount' as attribute,
        '0' as expected_value,
        {{ plain_decimal('rest') }} as observed_value,
        rest as amount_at_risk,
        currency,
        cause,
        case
            when cause = 'receipt_not_entered'
                then concat_ws(
                    ' ', 'Receipt', document_number, 'of', {{ readable_money('amount', 'currency') }}, 'in', source_platform,
                    'names no known invoice and is not entered in', platform, 'for', {{ age_bucket('age_days') }}, 'days'
                )
            else
                concat_ws(
                    ' ', {{ readable_money('rest', 'currency') }}, 'of payment', document_number,
                    'of', {{ readable_money('amount', 'currency') }}, 'in', platform, 'are applied to no invoice, for', {{ age_bucket('age_days') }}, 'days'
                )
        end as evidence,
        greatest(created_at, paid_at) as due_at,
        source_updated_at as observed_version
    from aged
),

final as (
    {{ judged('cash_unallocated') }}
)

select * from final
