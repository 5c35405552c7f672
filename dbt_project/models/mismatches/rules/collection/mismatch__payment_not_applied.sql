{{ by_deal() }}

with lacking as (
    select * from {{ ref('cash_application') }}
    where lack is not null and lack <> 'partly_applied'
),

found as (
    select
        case when lack = 'currency' then concat_ws(':', expected_key, applied_currency) else expected_key end as identity,
        source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        source_native_id as native_id,
        payment_ref as document_number,
        case when lack = 'currency' then 'currency' else 'amount' end as attribute,
        case when lack = 'currency' then currency else {{ plain_decimal('amount') }} end as expected_value,
        case when lack = 'currency' then applied_currency else {{ plain_decimal('own_amount') }} end as observed_value,
        case when lack = 'currency' then applied_amount else amount - applied_amount end as amount_at_risk,
        case when lack = 'currency' then applied_currency else currency end as currency,
        lack as cause,
        concat_ws(
            ' ', 'Charge', payment_ref, 'collected', {{ readable_money('amount', 'currency') }}, 'for invoice', invoice_number,
            'in', source_platform, 'but',
            case
                when lack = 'currency'
                    then concat_ws(' ', {{ readable_money('applied_amount', 'applied_currency') }}, 'are applied in', platform)
                else concat_ws(' ', {{ readable_money('own_amount', 'currency') }}, 'of it are applied in', platform)
            end
        ) as evidence,
        case when lack = 'currency' then greatest(due_at, source_updated_at) else due_at end as due_at,
        cast(null as timestamp) as observed_version
    from lacking
),

final as (
    {{ judged('payment_not_applied') }}
)

select * from final
