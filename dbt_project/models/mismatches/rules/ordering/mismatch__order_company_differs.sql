{{ by_deal() }}

with elsewhere as (
    select * from {{ ref('order_elsewhere') }}
),

found as (
    select
        native_id as identity,
        source_platform,
        deal_key,
        expected_legal_entity as legal_entity,
        'order' as entity,
        platform,
        native_id,
        document_number,
        'legal_entity' as attribute,
        expected_legal_entity as expected_value,
        legal_entity as observed_value,
        expected_amount as amount_at_risk,
        expected_currency as currency,
        case when legal_entity is null then 'company_unknown' else 'company_differs' end as cause,
        concat_ws(
            ' ', 'Order', document_number, 'of', {{ readable_money('amount', 'currency') }}, 'in', platform, 'stands in',
            coalesce(
                'company ' || legal_entity,
                'company ' || company_code || ', which the seed companies does not know,',
                'a company that is not known'
            ),
            'but its quote', quote_number, 'in', source_platform, 'sells for', expected_legal_entity
        ) as evidence,
        created_at as due_at,
        source_updated_at as observed_version
    from elsewhere
),

final as (
    {{ judged('order_company_differs') }}
)

select * from final
