with

receipt as (
    select * from {{ ref('base_oracle_fusion__receipt') }}
),

application as (
    select * from {{ ref('base_oracle_fusion__receipt_application') }}
),

account as (
    select * from {{ ref('base_oracle_fusion__account') }}
),

pays as (
    select
        application.standard_receipt_id,
        min(application.reference_transaction_number) as invoice_number
    from application
    where not application.q2c_is_deleted and coalesce(application.application_status = 'Applied' and application.is_latest_application = 'Y', false)
    group by application.standard_receipt_id
),

payer as (
    select
        account_number,
        min(customer_id) as party_id
    from account
    group by account_number
),

final as (
    select
        cast('oracle_fusion' as string) as platform,
        cast('payment' as string) as entity,
        cast(receipt.standard_receipt_id as string) as native_id,
        cast(receipt.receipt_number as string) as document_number,
        cast({{ legal_entity_of('oracle_fusion', 'receipt.business_unit') }} as string) as legal_entity,
        cast(upper(receipt.currency) as string) as currency,
        cast(
            case
                when receipt.state = 'Reversed' or receipt.status = 'Reversed' then 'failed'
                when receipt.state in ('Confirmed', 'Remitted', 'Cleared') then 'succeeded'
            end as string
        ) as status,
        cast(receipt.creation_date as timestamp) as created_at,
        cast(receipt.last_update_date as timestamp) as source_updated_at,
        cast(receipt.q2c_read_at as timestamp) as observed_at,
        receipt.q2c_is_deleted as is_deleted,
        cast(nullif('{{ var('oracle_fusion_url', '') }}', '') || '/fscmUI/faces/deeplink?objType=AR_RECEIPT&action=VIEW&objKey=' || cast(receipt.standard_receipt_id as string) as string) as source_url,
        cast(receipt.receipt_number as string) as payment_ref,
        cast(pays.invoice_number as string) as invoice_number,
        cast(payer.party_id as string) as customer_native_id,
        cast(receipt.amount as decimal(18, 4)) as amount,
        cast(null as decimal(18, 4)) as fee_amount,
        cast(receipt.receipt_date as timestamp) as paid_at,
        cast(null as decimal(18, 4)) as unapplied_amount
    from receipt
    left join pays on receipt.standard_receipt_id = pays.standard_receipt_id
    left join payer on receipt.customer_account_number = payer.account_number
)

select * from final
