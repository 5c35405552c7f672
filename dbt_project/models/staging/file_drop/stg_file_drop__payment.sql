with lines as (

    select * from {{ ref('base_file_drop__payment') }}

),

-- a payment that stands in several files is what the newest of them says
told as (

    select
        *,
        row_number() over (
            partition by trim(payment_reference) order by q2c_is_deleted, file_name desc, row_number desc
        ) as place
    from lines
    where trim(payment_reference) <> ''

),

final as (

    select
        cast('file_drop' as string) as platform,
        cast('payment' as string) as entity,
        cast(trim(payment_reference) as string) as native_id,
        cast(trim(payment_reference) as string) as document_number,
        cast({{ legal_entity_of('file_drop', "'payments'") }} as string) as legal_entity,
        cast(upper(trim(currency)) as string) as currency,
        cast('succeeded' as string) as status,
        cast({{ dbt.dateadd('hour', 12, 'value_date') }} as timestamp) as created_at,
        cast(q2c_version_at as timestamp) as source_updated_at,
        cast(q2c_read_at as timestamp) as observed_at,
        cast(q2c_is_deleted as boolean) as is_deleted,
        cast(null as string) as source_url,
        cast(trim(payment_reference) as string) as payment_ref,
        cast(nullif(trim(invoice_number), '') as string) as invoice_number,
        cast(nullif(trim(customer_number), '') as string) as customer_native_id,
        cast(gross_amount as decimal(18, 4)) as amount,
        cast(bank_fee as decimal(18, 4)) as fee_amount,
        cast({{ dbt.dateadd('hour', 12, 'value_date') }} as timestamp) as paid_at
    from told
    where place = 1

)

select * from final
