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

-- of what was paid for an invoice, what went back to the payer stands in a line of its own with a negative amount
returned as (

    select
        payment_native_id,
        sum(amount) as amount
    from {{ ref('stg_file_drop__refund') }}
    where not is_deleted
    group by payment_native_id

),

final as (

    select
        cast('file_drop' as string) as platform,
        cast('payment' as string) as entity,
        cast(trim(payment_reference) as string) as native_id,
        cast(trim(payment_reference) as string) as document_number,
        cast({{ legal_entity_of('file_drop', "'payments'") }} as string) as legal_entity,
        cast(upper(trim(currency)) as string) as currency,
        cast(case when returned.amount >= gross_amount then 'refunded' else 'succeeded' end as string) as status,
        cast({{ dbt.dateadd('hour', 12, 'value_date') }} as timestamp) as created_at,
        cast(q2c_version_at as timestamp) as source_updated_at,
        cast(q2c_read_at as timestamp) as observed_at,
        cast(q2c_is_deleted as boolean) as is_deleted,
        cast(null as string) as source_url,
        cast(trim(payment_reference) as string) as payment_ref,
        cast(nullif(trim(invoice_number), '') as string) as invoice_number,
        cast(nullif(trim(customer_number), '') as string) as customer_native_id,
        cast(case when returned.amount < gross_amount then gross_amount - returned.amount else gross_amount end as decimal(18, 4)) as amount,
        cast(bank_fee as decimal(18, 4)) as fee_amount,
        cast({{ dbt.dateadd('hour', 12, 'value_date') }} as timestamp) as paid_at,
        cast(null as decimal(18, 4)) as unapplied_amount
    from told
    left join returned on trim(payment_reference) = returned.payment_native_id
    where place = 1 and gross_amount >= 0

)

select * from final
