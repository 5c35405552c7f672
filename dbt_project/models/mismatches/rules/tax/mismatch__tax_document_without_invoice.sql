with systems as (
    select * from {{ ref('dim_system') }}
),

issuing as (
    {{ issuing_systems() }}
),

invoices as (
    select
        platform,
        legal_entity,
        document_number,
        count(case when not is_deleted then 1 end) as invoice_count,
        min(invoiced_on) as invoiced_on,
        max(case when is_deleted then coalesce(source_updated_at, observed_at) end) as deleted_at
    from {{ ref('obs_invoice') }}
    group by platform, legal_entity, document_number
),

-- of a time of which no invoice is kept nothing can be told
kept as (
    select
        issuing.legal_entity,
        issuing.platform,
        min(invoices.invoiced_on) as since_on
    from issuing
    inner join invoices on issuing.platform = invoices.platform and issuing.legal_entity = invoices.legal_entity
    group by issuing.legal_entity, issuing.platform
),

-- whose company is not known may be the one that is meant
unplaced as (
    select platform, document_number
    from invoices
    where legal_entity is null and invoice_count > 0
),

documents as (
    select
        documents.*,
        row_number() over newest_first as place,
        first_value(documents.native_id) over newest_first as counting_native_id
    from {{ ref('fct_tax_document') }} as documents
    inner join systems
        on documents.platform = systems.platform and documents.legal_entity = systems.legal_entity and systems.role = 'tax'
    where documents.document_type = 'invoice' and documents.status = 'committed'
    -- the one that tax_document_pair holds against the invoice comes first
    window newest_first as (
        partition by documents.platform, documents.legal_entity, documents.invoice_number
        order by documents.source_updated_at desc nulls last, documents.native_id
    )
),

surplus as (
    select
        documents.*,
        kept.platform as source_platform,
        invoices.deleted_at,
        documents.net_amount + documents.tax_amount as amount,
        case when coalesce(invoices.invoice_count, 0) = 0 then 'invoice_missing' else 'document_duplicated' end as cause
    from documents
    inner join kept on documents.legal_entity = kept.legal_entity
    left join invoices
        on
            documents.invoice_number = invoices.document_number
            and kept.platform = invoices.platform
            and documents.legal_entity = invoices.legal_entity
    left join unplaced on documents.invoice_number = unplaced.document_number and kept.platform = unplaced.platform
    where
        documents.place > coalesce(invoices.invoice_count, 0)
        and documents.taxed_on >= kept.since_on
        and unplaced.document_number is null
),

found as (
    select
        native_id as identity,
        source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        'status' as attribute,
        'voided' as expected_value,
        status as observed_value,
        abs(amount) as amount_at_risk,
        currency,
        cause,
        concat_ws(
            ' ', 'Tax document', native_id, 'of', {{ readable_money('amount', 'currency') }}, 'is committed in', platform,
            'for invoice', invoice_number,
            case
                when cause = 'document_duplicated' then concat_ws(' ', 'in', source_platform, 'beside', counting_native_id)
                when deleted_at is not null then concat_ws(' ', 'which was deleted in', source_platform)
                else concat_ws(' ', 'which is not in', source_platform)
            end
        ) as evidence,
        greatest(source_updated_at, coalesce(deleted_at, source_updated_at)) as due_at,
        source_updated_at as observed_version
    from surplus
),

final as (
    {{ judged('tax_document_without_invoice') }}
)

select * from final
