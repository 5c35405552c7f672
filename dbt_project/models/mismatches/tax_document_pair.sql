{{ by_deal() }}

with expected as (
    select * from {{ ref('exp_tax_document') }}
),

-- an adjusted document is an old version of one that has another id
documents as (
    select
        *,
        row_number() over (
            partition by platform, legal_entity, invoice_number
            order by case status when 'committed' then 1 when 'draft' then 2 else 3 end, source_updated_at desc nulls last, native_id
        ) as place
    from {{ ref('fct_tax_document') }}
    where document_type = 'invoice' and status is distinct from 'adjusted'
),

final as (
    select
        cast(expected.expected_key as string) as expected_key,
        cast(expected.deal_key as string) as deal_key,
        cast(expected.legal_entity as string) as legal_entity,
        cast(expected.platform as string) as platform,
        cast(expected.source_platform as string) as source_platform,
        cast(expected.source_native_id as string) as source_native_id,
        cast(expected.invoice_number as string) as invoice_number,
        cast(expected.currency as string) as currency,
        cast(expected.status as string) as expected_status,
        cast(expected.net_amount as decimal(18, 4)) as invoice_net_amount,
        cast(expected.tax_amount as decimal(18, 4)) as invoice_tax_amount,
        cast(expected.source_updated_at as timestamp) as invoice_updated_at,
        cast(expected.due_at as timestamp) as due_at,
        cast(documents.native_id as string) as document_native_id,
        cast(documents.status as string) as document_status,
        cast(documents.currency as string) as document_currency,
        cast(documents.taxed_on as date) as taxed_on,
        cast(documents.net_amount as decimal(18, 4)) as document_net_amount,
        cast(documents.tax_amount as decimal(18, 4)) as document_tax_amount,
        cast(documents.source_updated_at as timestamp) as document_updated_at
    from expected
    left join documents
        on
            expected.platform = documents.platform
            and expected.legal_entity = documents.legal_entity
            and expected.invoice_number = documents.invoice_number
            and documents.place = 1
)

select * from final
