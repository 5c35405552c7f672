{{ by_deal() }}

with documents as (
    select * from {{ ref('obs_tax_document') }}
),

-- a copy of an invoice in the books names the original by its number
originals as (
    select
        invoices.legal_entity,
        invoices.document_number,
        invoices.platform,
        invoices.native_id,
        links.deal_key
    from {{ ref('obs_invoice') }} as invoices
    inner join {{ ref('link_invoice') }} as links
        on invoices.platform = links.platform and invoices.native_id = links.native_id
    where coalesce(invoices.billing_number, invoices.document_number) = invoices.document_number
),

numbered as (
    {{ one_per_number('originals', ['legal_entity']) }}
),

final as (
    select
        documents.platform,
        documents.native_id,
        documents.document_number,
        coalesce(numbered.deal_key, concat_ws(':', documents.platform, documents.native_id)) as deal_key,
        numbered.platform as parent_platform,
        case when numbered.native_id is not null then 'invoice' end as parent_entity,
        numbered.native_id as parent_native_id
    from documents
    left join numbered
        on documents.legal_entity = numbered.legal_entity and documents.invoice_number = numbered.document_number
)

select * from final
