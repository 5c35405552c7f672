with lines as (

    select * from {{ ref('base_file_drop__payment') }}

),

-- a line that stands in several files is what the newest of them says
told as (

    select
        *,
        row_number() over (
            partition by trim(payment_reference) order by q2c_is_deleted, file_name desc, row_number desc
        ) as place
    from lines
    where trim(payment_reference) <> ''

),

-- the bank does not say of which payment it gives back, only of which invoice
paid as (

    select
        trim(invoice_number) as invoice_number,
        max(trim(payment_reference)) as payment_reference
    from told
    where place = 1 and gross_amount > 0 and trim(invoice_number) <> '' and not q2c_is_deleted
    group by trim(invoice_number)

),

final as (

    select
        cast('file_drop' as string) as platform,
        cast('refund' as string) as entity,
        cast(trim(told.payment_reference) as string) as native_id,
        cast(trim(told.payment_reference) as string) as document_number,
        cast({{ legal_entity_of('file_drop', "'payments'") }} as string) as legal_entity,
        cast(upper(trim(told.currency)) as string) as currency,
        cast('succeeded' as string) as status,
        cast({{ dbt.dateadd('hour', 12, 'told.value_date') }} as timestamp) as created_at,
        cast(told.q2c_version_at as timestamp) as source_updated_at,
        cast(told.q2c_read_at as timestamp) as observed_at,
        cast(told.q2c_is_deleted as boolean) as is_deleted,
        cast(null as string) as source_url,
        cast(paid.payment_reference as string) as payment_native_id,
        cast(-told.gross_amount as decimal(18, 4)) as amount,
        cast(null as string) as reason,
        cast({{ dbt.dateadd('hour', 12, 'told.value_date') }} as timestamp) as refunded_at
    from told
    left join paid on trim(told.invoice_number) = paid.invoice_number
    where told.place = 1 and told.gross_amount < 0

)

select * from final
