with quotes as (
    select
        platform,
        entity,
        native_id,
        document_number,
        legal_entity,
        currency,
        amount
    from {{ ref('fct_quote') }}
),

invoices as (
    select distinct
        source_platform as platform,
        source_entity as entity,
        source_native_id as native_id,
        source_document_number as document_number,
        legal_entity,
        currency,
        amount - coalesce(tax_amount, 0) as amount
    from {{ ref('exp_invoice') }}
),

documents as (
    select * from quotes
    union all
    select * from invoices
),

lines as (
    select
        platform,
        'quote' as entity,
        quote_native_id as native_id,
        sum(amount) as amount
    from {{ ref('fct_quote_line') }}
    group by platform, quote_native_id
    union all
    select
        platform,
        'invoice',
        invoice_native_id,
        sum(amount)
    from {{ ref('fct_invoice_line') }}
    group by platform, invoice_native_id
),

words as (
    -- a refused record names its document somewhere, in whatever form it came
    select
        platform,
        quarantine_id,
        unnest(regexp_extract_all(raw, '[A-Za-z0-9_-]+')) as word
    from {{ ref('quarantined') }}
),

held as (
    select
        documents.platform,
        documents.entity,
        documents.native_id,
        count(distinct words.quarantine_id) as record_count
    from documents
    inner join words on documents.platform = words.platform and documents.native_id = words.word
    group by documents.platform, documents.entity, documents.native_id
),

final as (
    select
        documents.platform,
        documents.entity,
        documents.native_id,
        documents.document_number,
        documents.legal_entity,
        concat(
            'and nothing is proposed, since of ', documents.entity, ' ', documents.document_number, ' ',
            concat_ws(
                ' and ',
                case
                    when documents.amount is distinct from coalesce(lines.amount, 0)
                        then concat_ws(' ', 'the lines come to', {{ readable_money('coalesce(lines.amount, 0)', 'documents.currency') }})
                end,
                case when held.record_count > 0 then concat('records wait in quarantine: ', cast(held.record_count as string)) end
            )
        ) as says
    from documents
    left join lines
        on documents.platform = lines.platform and documents.entity = lines.entity and documents.native_id = lines.native_id
    left join held
        on documents.platform = held.platform and documents.entity = held.entity and documents.native_id = held.native_id
    where documents.amount is distinct from coalesce(lines.amount, 0) or held.record_count > 0
)

select * from final
