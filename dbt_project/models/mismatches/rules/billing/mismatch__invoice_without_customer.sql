{{ by_deal() }}

with invoices as (
    select * from {{ ref('fct_invoice') }}
    where status = 'open' and coalesce(amount > 0, true) and customer_native_id is null
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
        'customer' as attribute,
        cast(null as string) as expected_value,
        cast(null as string) as observed_value,
        amount as amount_at_risk,
        currency,
        'reference_missing' as cause,
        concat_ws(
            ' ', 'Invoice', document_number, 'of', {{ readable_money('amount', 'currency') }}, 'in', platform, 'names no customer'
        ) as evidence,
        created_at as due_at,
        source_updated_at as observed_version
    from invoices
),

final as (
    {{ judged('invoice_without_customer') }}
)

select * from final
