{{ by_deal() }}

with pairs as (
    select
        *,
        case
            when expected_status = 'committed' and document_status = 'voided' then 'document_void'
            when expected_status = 'voided' and document_status = 'committed' then 'void_not_mirrored'
        end as cause
    from {{ ref('tax_document_pair') }}
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
        cause,
        concat_ws(
            ' ', 'Invoice', invoice_number, case cause when 'document_void' then 'stands in' else 'is void in' end, source_platform,
            'but its tax document', document_native_id, 'of',
            {{ readable_money('document_net_amount + document_tax_amount', 'document_currency') }},
            case cause when 'document_void' then 'is voided in' else 'is committed in' end, platform
        ) as evidence,
        greatest(due_at, invoice_updated_at) as due_at,
        document_updated_at as observed_version
    from pairs
    where cause is not null
),

final as (
    {{ judged('tax_document_voided') }}
)

select * from final
