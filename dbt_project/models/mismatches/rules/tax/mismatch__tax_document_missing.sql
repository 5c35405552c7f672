{{ by_deal() }}

with pairs as (
    select * from {{ ref('tax_document_pair') }}
    where expected_status = 'committed' and document_native_id is null
),

found as (
    select
        expected_key as identity,
        source_platform,
        deal_key,
        legal_entity,
        'tax_document' as entity,
        platform,
        source_native_id as native_id,
        invoice_number as document_number,
        cast(null as string) as attribute,
        invoice_number as expected_value,
        cast(null as string) as observed_value,
        invoice_net_amount + invoice_tax_amount as amount_at_risk,
        currency,
        'document_missing' as cause,
        concat_ws(
            ' ', 'Invoice', invoice_number, 'of', {{ readable_money('invoice_net_amount + invoice_tax_amount', 'currency') }},
            'with', {{ readable_money('invoice_tax_amount', 'currency') }}, 'of tax was posted in', source_platform,
            'but has no tax document in', platform
        ) as evidence,
        due_at,
        cast(null as timestamp) as observed_version
    from pairs
),

final as (
    {{ judged('tax_document_missing') }}
)

select * from final
