{{ by_deal() }}

with orders as (
    select * from {{ ref('order_of_quote') }}
),

found as (
    select
        surplus.native_id as identity,
        surplus.source_platform,
        surplus.deal_key,
        surplus.legal_entity,
        'order' as entity,
        surplus.platform,
        surplus.native_id,
        surplus.document_number,
        'status' as attribute,
        'closed' as expected_value,
        surplus.status as observed_value,
        surplus.amount as amount_at_risk,
        surplus.currency,
        'document_duplicated' as cause,
        concat_ws(
            ' ', 'Order', surplus.document_number, 'of', {{ readable_money('surplus.amount', 'surplus.currency') }}, 'in',
            surplus.platform, 'repeats', kept.document_number, 'for quote', surplus.quote_number
        ) as evidence,
        surplus.created_at as due_at,
        surplus.source_updated_at as observed_version
    from orders as surplus
    inner join orders as kept on surplus.expected_key = kept.expected_key and kept.place = 1
    where surplus.place > 1
),

final as (
    {{ judged('order_duplicated') }}
)

select * from final
