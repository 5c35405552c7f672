with

line_item_tax as (
    select * from {{ ref('base_stripe__line_item_tax') }}
),

line_item as (
    select * from {{ ref('base_stripe__line_item') }}
),

credit_note_line_tax as (
    select * from {{ ref('base_stripe__credit_note_line_tax') }}
),

credit_note_line as (
    select * from {{ ref('base_stripe__credit_note_line') }}
),

credit_note as (
    select * from {{ ref('base_stripe__credit_note') }}
),

invoice as (
    select * from {{ ref('base_stripe__invoice') }}
),

tax_rate as (
    select * from {{ ref('base_stripe__tax_rate') }}
),

product as (
    select * from {{ ref('base_stripe__product') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

-- a line of a credit note is of the product of the invoice line that it credits
levied as (
    select
        line_item_tax.line_item || '-' || line_item_tax.position as id,
        line_item_tax.invoice as document,
        'invoices' as place,
        line_item.position as line_number,
        line_item.product,
        line_item.currency,
        line_item.livemode,
        invoice.created,
        line_item_tax.tax_rate,
        line_item_tax.taxable_amount,
        line_item_tax.amount,
        line_item_tax.event_created,
        line_item_tax.q2c_read_at,
        line_item_tax.q2c_is_deleted
    from line_item_tax
    inner join line_item
        on line_item_tax.line_item = line_item.id
    left join invoice
        on line_item_tax.invoice = invoice.id
),

taken_back as (
    select
        credit_note_line_tax.credit_note_line_item || '-' || credit_note_line_tax.position as id,
        credit_note_line_tax.credit_note as document,
        'credit_notes' as place,
        credit_note_line.position as line_number,
        line_item.product,
        credit_note.currency,
        credit_note_line.livemode,
        credit_note.created,
        credit_note_line_tax.tax_rate,
        credit_note_line_tax.taxable_amount,
        credit_note_line_tax.amount,
        credit_note_line_tax.event_created,
        credit_note_line_tax.q2c_read_at,
        credit_note_line_tax.q2c_is_deleted
    from credit_note_line_tax
    inner join credit_note_line
        on credit_note_line_tax.credit_note_line_item = credit_note_line.id
    left join credit_note
        on credit_note_line_tax.credit_note = credit_note.id
    left join line_item
        on credit_note_line.invoice_line_item = line_item.id
),

tax as (
    select * from levied
    union all
    select * from taken_back
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('tax_document_line' as string) as entity,
        cast(tax.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(upper(tax.currency) as string) as currency,
        cast(null as string) as status,
        cast(tax.created as timestamp) as created_at,
        cast(coalesce(tax.event_created, tax.created) as timestamp) as source_updated_at,
        cast(tax.q2c_read_at as timestamp) as observed_at,
        tax.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('stripe_url', 'https://dashboard.stripe.com') }}'
            || case when tax.livemode then '' else '/test' end
            || '/' || tax.place || '/' || tax.document
            as string
        ) as source_url,
        cast(tax.document as string) as tax_document_native_id,
        cast(tax.line_number as bigint) as line_number,
        cast(coalesce(product.metadata_product_code, tax.product) as string) as product_code,
        cast(coalesce(tax_rate.jurisdiction, tax_rate.state, tax_rate.country) as string) as jurisdiction,
        cast(tax_rate.jurisdiction_level as string) as jurisdiction_type,
        cast(tax_rate.display_name as string) as tax_name,
        cast(coalesce(tax_rate.effective_percentage, tax_rate.percentage) / 100 as decimal(18, 9)) as rate,
        {{ from_minor_units('tax.taxable_amount', 'currencies.minor_units') }} as taxable_amount,
        {{ from_minor_units('tax.amount', 'currencies.minor_units') }} as tax_amount
    from tax
    left join tax_rate
        on tax.tax_rate = tax_rate.id
    left join product
        on tax.product = product.id
    left join currencies
        on upper(tax.currency) = currencies.currency
)

select * from final
