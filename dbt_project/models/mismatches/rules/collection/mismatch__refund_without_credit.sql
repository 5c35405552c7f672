{{ by_deal() }}

with unjustified as (
    select * from {{ ref('refund_credit') }}
    where uncredited_amount > 0
),

found as (
    select
        native_id as identity,
        billing_platform as source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        'amount' as attribute,
        {{ plain_decimal('amount - uncredited_amount') }} as expected_value,
        {{ plain_decimal('amount') }} as observed_value,
        uncredited_amount as amount_at_risk,
        currency,
        coalesce(lack, case when uncredited_amount < amount then 'partly_credited' else 'credit_missing' end) as cause,
        concat_ws(
            ' ', 'Refund', document_number, 'gave back', {{ readable_money('amount', 'currency') }}, 'of ' || payment_ref,
            'in', platform, 'for invoice ' || invoice_number,
            case lack
                when 'payment_unknown' then 'but of which payment is not known, and no credit in'
                when 'invoice_unknown' then concat('but what it paid is not known in ', billing_platform, ', and no credit in')
                else 'but no credit in'
            end,
            billing_platform, 'justifies',
            {{ readable_money('uncredited_amount', 'currency') }}, 'of it'
        ) as evidence,
        greatest(refunded_at, created_at) as due_at,
        -- what was given back stays so: a later version of the record is no news that a credit might have followed
        refunded_at as observed_version
    from unjustified
),

final as (
    {{ judged('refund_without_credit') }}
)

select * from final
