with

account as (
    select * from {{ ref('base_zuora__account') }}
),

payment as (
    select * from {{ ref('base_zuora__payment') }}
),

payment_application as (
    select * from {{ ref('base_zuora__payment_application') }}
),

invoice as (
    select * from {{ ref('base_zuora__invoice') }}
),

applied as (
    select
        payment_application.payment_id,
        case when count(distinct invoice.id) = 1 then min(invoice.invoice_number) end as invoice_number
    from payment_application
    inner join invoice
        on payment_application.invoice_id = invoice.id
    where not payment_application.q2c_is_deleted
    group by payment_application.payment_id
),

final as (
    select
        cast('zuora' as string) as platform,
        cast('payment' as string) as entity,
        cast(payment.id as string) as native_id,
        cast(payment.payment_number as string) as document_number,
        cast({{ legal_entity_of('zuora', 'account.legal_entity_c') }} as string) as legal_entity,
        upper(cast(payment.currency as string)) as currency,
        cast(
            case
                when payment.status in ('Processed', 'Posted') and payment.refund_amount >= payment.amount then 'refunded'
                when payment.status in ('Processed', 'Posted') then 'succeeded'
                when payment.status in ('Error', 'Canceled', 'Voided') then 'failed'
                when payment.status in ('Draft', 'Processing') then 'pending'
            end as string
        ) as status,
        cast(payment.created_date as timestamp) as created_at,
        cast(payment.updated_date as timestamp) as source_updated_at,
        cast(payment.q2c_read_at as timestamp) as observed_at,
        payment.q2c_is_deleted as is_deleted,
        cast('{{ var('zuora_url', 'https://www.zuora.com') }}/apps/NewPayment.do?method=view&id=' || payment.id as string) as source_url,
        cast(payment.reference_id as string) as payment_ref,
        cast(applied.invoice_number as string) as invoice_number,
        cast(payment.account_id as string) as customer_native_id,
        cast(
            case
                when payment.refund_amount < payment.amount then payment.amount - payment.refund_amount else payment.amount
            end as decimal(18, 4)
        ) as amount,
        cast(null as decimal(18, 4)) as fee_amount,
        cast(payment.effective_date as timestamp) as paid_at,
        cast(payment.unapplied_amount as decimal(18, 4)) as unapplied_amount
    from payment
    left join account on payment.account_id = account.id
    left join applied
        on payment.id = applied.payment_id
)

select * from final
