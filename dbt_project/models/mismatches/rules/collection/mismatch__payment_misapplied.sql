{{ by_deal() }}

with astray as (
    select
        *,
        case when invoice_balance > 0 then 'invoice_open' else 'invoice_settled' end as cause
    from {{ ref('cash_application') }}
    where misapplied_amount > 0 and lack is distinct from 'currency'
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
        'invoice' as attribute,
        invoice_number as expected_value,
        other_number as observed_value,
        misapplied_amount as amount_at_risk,
        currency,
        cause,
        concat_ws(
            ' ', 'Of', {{ readable_money('amount', 'currency') }}, 'that charge', payment_ref, 'collected for invoice', invoice_number,
            'in', source_platform, {{ readable_money('misapplied_amount', 'currency') }}, 'are applied to',
            coalesce('invoice ' || other_number, 'another invoice'), 'in', platform,
            case
                when cause = 'invoice_open'
                    then concat_ws(' ', 'while', {{ readable_money('invoice_balance', 'currency') }}, 'of', invoice_number, 'stay open')
                else concat_ws(' ', 'and other money settled', invoice_number)
            end
        ) as evidence,
        due_at,
        cast(null as timestamp) as observed_version
    from astray
),

final as (
    {{ judged('payment_misapplied') }}
)

select * from final
