{{ by_deal() }}

with differing as (
    select
        *,
        case when over_amount > 0 then 'over' else 'under' end as cause,
        -- what was given back without a credit stays applied until it has one, and is found as that
        case when over_amount > 0 then applied_amount - over_amount else amount end as applicable_amount
    from {{ ref('cash_application') }}
    where (over_amount > 0 and lack is null) or lack = 'partly_applied'
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

final as (
    {{ judged('payment_application_differs') }}
)

select * from final
