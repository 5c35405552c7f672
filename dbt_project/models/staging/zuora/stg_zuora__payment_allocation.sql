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

final as (
    select
        cast('zuora' as string) as platform,
        cast('payment_allocation' as string) as entity,
        cast(payment_application.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('zuora', 'account.legal_entity_c') }} as string) as legal_entity,
        upper(cast(payment.currency as string)) as currency,
        cast(null as string) as status,
        cast(payment_application.created_date as timestamp) as created_at,
        cast(payment_application.updated_date as timestamp) as source_updated_at,
        cast(payment_application.q2c_read_at as timestamp) as observed_at,
        payment_application.q2c_is_deleted as is_deleted,
        cast('{{ var('zuora_url', 'https://www.zuora.com') }}/apps/NewPayment.do?method=view&id=' || payment_application.payment_id as string) as source_url,
        cast(payment_application.payment_id as string) as payment_native_id,
        cast(payment_application.invoice_id as string) as invoice_native_id,
        cast(payment_application.apply_amount as decimal(18, 4)) as amount,
        cast(payment_application.effective_date as date) as applied_on
    from payment_application
    left join payment
        on payment_application.payment_id = payment.id
    left join account on payment.account_id = account.id
)

select * from final
