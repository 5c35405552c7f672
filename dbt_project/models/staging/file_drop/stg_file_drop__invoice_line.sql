with lines as (

    select * from {{ ref('base_file_drop__retail_invoice_line') }}

),

final as (

    select
        cast('file_drop' as string) as platform,
        cast('invoice_line' as string) as entity,
        cast(file_name || '#' || cast(row_number as string) as string) as native_id,
        cast(trim(invoice_no) as string) as document_number,
        cast({{ legal_entity_of('file_drop', "'wholesale'") }} as string) as legal_entity,
        cast('GBP' as string) as currency,
        cast('open' as string) as status,
        cast(invoice_date as timestamp) as created_at,
        cast(invoice_date as timestamp) as source_updated_at,
        cast(q2c_read_at as timestamp) as observed_at,
        cast(q2c_is_deleted as boolean) as is_deleted,
        cast(null as string) as source_url,
        cast(trim(invoice_no) as string) as invoice_native_id,
        cast(row_number as bigint) as line_number,
        cast(trim(stock_code) as string) as product_code,
        cast(description as string) as variant,
        cast(null as string) as subscription_number,
        cast(quantity as decimal(18, 6)) as quantity,
        cast(unit_price as decimal(18, 6)) as unit_price,
        cast(round({{ times('quantity', 'unit_price') }}, 2) as decimal(18, 4)) as amount,
        cast(null as date) as service_start_on,
        cast(null as date) as service_end_on
    from lines

)

select * from final
