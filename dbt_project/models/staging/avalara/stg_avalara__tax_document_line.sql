with

documents as (
    select * from {{ ref('stg_avalara__tax_document') }}
),

-- a document that is recorded again has new lines and keeps its number: only those of its last change are its own
lines as (
    select
        *,
        modified_date < max(modified_date) over (partition by transaction_id) as is_replaced
    from {{ ref('base_avalara__transaction_line') }}
),

details as (
    select
        *,
        modified_date < max(modified_date) over (partition by transaction_id) as is_replaced
    from {{ ref('base_avalara__transaction_detail') }}
),

final as (
    select
        documents.platform,
        cast('tax_document_line' as string) as entity,
        cast(concat_ws('-', lines.id, details.id) as string) as native_id,
        documents.document_number,
        documents.legal_entity,
        documents.currency,
        documents.status,
        cast(null as timestamp) as created_at,
        cast(lines.modified_date as timestamp) as source_updated_at,
        cast(lines.q2c_read_at as timestamp) as observed_at,
        lines.q2c_is_deleted or lines.is_replaced or coalesce(details.is_replaced, false) as is_deleted,
        documents.source_url,
        cast(lines.transaction_id as string) as tax_document_native_id,
        try_cast(lines.line_number as bigint) as line_number,
        cast(lines.item_code as string) as product_code,
        cast(details.juris_name as string) as jurisdiction,
        cast(
            case details.juris_type
                when 'CNT' then 'country'
                when 'STA' then 'state'
                when 'CTY' then 'county'
                when 'CIT' then 'city'
                when 'STJ' then 'special'
            end as string
        ) as jurisdiction_type,
        cast(details.tax_name as string) as tax_name,
        cast(details.rate as decimal(18, 9)) as rate,
        cast(coalesce(details.taxable_amount, lines.taxable_amount) as decimal(18, 4)) as taxable_amount,
        cast(coalesce(details.tax, lines.tax) as decimal(18, 4)) as tax_amount
    from lines
    inner join documents
        on cast(lines.transaction_id as string) = documents.native_id
    left join details
        on lines.id = details.transaction_line_id
)

select * from final
