{{ by_deal() }}

with repeated as (
    select * from {{ ref('payment_repeated') }}
),

found as (
    select
        native_id as identity,
        platform as source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        cast(null as string) as attribute,
        kept_document_number as expected_value,
        document_number as observed_value,
        amount as amount_at_risk,
        currency,
        cause,
        concat_ws(
            ' ', 'Payment', document_number, 'of', {{ readable_money('amount', 'currency') }}, 'in', platform,
            case when cause = 'booked_twice' then 'books' else 'pays' end,
            case when cause = 'booked_twice' then payment_ref else 'invoice ' || invoice_number end,
            'again, after', kept_document_number
        ) as evidence,
        coalesce(created_at, paid_at) as due_at,
        source_updated_at as observed_version
    from repeated
),

final as (
    {{ judged('payment_duplicated') }}
)

select * from final
