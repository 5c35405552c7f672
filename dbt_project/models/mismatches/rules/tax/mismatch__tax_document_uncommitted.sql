{{ by_deal() }}

with pairs as (
    select * from {{ ref('tax_document_pair') }}
    where expected_status = 'committed' and document_status = 'draft'
),

found as (
    select
        expected_key as identity,
        source_platform,
        deal_key,
        legal_entity,
        'tax_document' as entity,
        platform,
        document_native_id as native_id,
        invoice_number as document_number,
        'status' as attribute,
        expected_status as expected_value,
        document_status as observed_value,
        document_net_amount + document_tax_amount as amount_at_risk,
        document_currency as currency,
        'not_committed' as cause,
        concat_ws(
            ' ', 'Invoice', invoice_number, 'was posted in', source_platform, 'but its tax document', document_native_id, 'of',
            {{ readable_money('document_net_amount + document_tax_amount', 'document_currency') }}, 'in', platform,
            'is not committed, so no return will report it'
        ) as evidence,
        due_at,
        document_updated_at as observed_version
    from pairs
),

final as (
    {{ judged('tax_document_uncommitted') }}
)

select * from final
