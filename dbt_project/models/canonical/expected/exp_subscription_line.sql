{{ by_deal() }}

-- a subscription has the lines of the newest term, and what was sold once in any
with in_force as (
    select * from {{ ref('contract_line') }}
    where is_in_force
),

final as (
    select
        expected_key,
        deal_key,
        customer_key,
        legal_entity,
        platform,
        entity,
        source_platform,
        source_entity,
        source_native_id,
        source_document_number,
        source_updated_at,
        currency,
        due_at,
        parent_key,
        quote_number,
        product_code,
        charge_type,
        billing_period,
        quantity,
        unit_price,
        agreed_quantity,
        prior_quantity,
        amendment_number,
        effective_on,
        amended_at
    from in_force
)

select * from final
