with

invoice as (
    select * from {{ ref('base_stripe__invoice') }}
),

credit_note as (
    select * from {{ ref('base_stripe__credit_note') }}
),

line_item_tax as (
    select * from {{ ref('base_stripe__line_item_tax') }}
),

credit_note_line_tax as (
    select * from {{ ref('base_stripe__credit_note_line_tax') }}
),

tax_rate as (
    select * from {{ ref('base_stripe__tax_rate') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

-- documents that tax was calculated on: invoices, and the credit notes that take some of it back
document as (
    select
        id,
        number,
        number as invoice_number,
        'invoice' as document_type,
        case status when 'draft' then 'draft' when 'void' then 'voided' else 'committed' end as status,
        'invoices' as place,
        customer,
        currency,
        total,
        total_excluding_tax,
        coalesce(effective_at, finalized_at, created) as taxed_at,
        created,
        event_created,
        livemode,
        q2c_read_at,
        q2c_is_deleted
    from invoice
    where automatic_tax_enabled or total <> total_excluding_tax
    union all
    select
        credit_note.id,
        credit_note.number,
        invoice.number as invoice_number,
        'credit' as document_type,
        case credit_note.status when 'void' then 'voided' else 'committed' end as status,
        'credit_notes' as place,
        credit_note.customer,
        credit_note.currency,
        credit_note.total,
        credit_note.total_excluding_tax,
        coalesce(credit_note.effective_at, credit_note.created) as taxed_at,
        credit_note.created,
        credit_note.event_created,
        credit_note.livemode,
        credit_note.q2c_read_at,
        credit_note.q2c_is_deleted
    from credit_note
    left join invoice
        on credit_note.invoice = invoice.id
    where invoice.automatic_tax_enabled or credit_note.total <> credit_note.total_excluding_tax
),

levied as (
    select
        invoice as document,
        tax_rate
    from line_item_tax
    where not q2c_is_deleted
    union all
    select
        credit_note as document,
        tax_rate
    from credit_note_line_tax
    where not q2c_is_deleted
),

owed_to as (
    select
        levied.document,
        max(tax_rate.country) as country
    from levied
    inner join tax_rate
        on levied.tax_rate = tax_rate.id
    group by levied.document
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('tax_document' as string) as entity,
        cast(document.id as string) as native_id,
        cast(document.number as string) as document_number,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(upper(document.currency) as string) as currency,
        cast(document.status as string) as status,
        cast(document.created as timestamp) as created_at,
        cast(coalesce(document.event_created, document.created) as timestamp) as source_updated_at,
        cast(document.q2c_read_at as timestamp) as observed_at,
        document.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('stripe_url', 'https://dashboard.stripe.com') }}'
            || case when document.livemode then '' else '/test' end
            || '/' || document.place || '/' || document.id
            as string
        ) as source_url,
        cast(document.invoice_number as string) as invoice_number,
        cast(document.document_type as string) as document_type,
        cast(document.customer as string) as customer_native_id,
        cast(document.taxed_at as date) as taxed_on,
        {{ from_minor_units('document.total_excluding_tax', 'currencies.minor_units') }} as net_amount,
        {{ from_minor_units('document.total - document.total_excluding_tax', 'currencies.minor_units') }} as tax_amount,
        cast(null as boolean) as is_locked,
        cast(owed_to.country as string) as reported_country,
        cast(null as timestamp) as adjusted_at
    from document
    left join owed_to
        on document.id = owed_to.document
    left join currencies
        on upper(document.currency) = currencies.currency
)

select * from final
