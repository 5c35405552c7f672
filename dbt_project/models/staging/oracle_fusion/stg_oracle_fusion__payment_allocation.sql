with

receipt as (
    select * from {{ ref('base_oracle_fusion__receipt') }}
),

application as (
    select * from {{ ref('base_oracle_fusion__receipt_application') }}
),

final as (
    select
        cast('oracle_fusion' as string) as platform,
        cast('payment_allocation' as string) as entity,
        cast(application.application_id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('oracle_fusion', 'receipt.business_unit') }} as string) as legal_entity,
        cast(upper(receipt.currency) as string) as currency,
        cast(null as string) as status,
        cast(application.creation_date as timestamp) as created_at,
        cast(application.last_update_date as timestamp) as source_updated_at,
        cast(application.q2c_read_at as timestamp) as observed_at,
        application.q2c_is_deleted or receipt.q2c_is_deleted
        or not coalesce(application.application_status = 'Applied' and application.is_latest_application = 'Y', false) as is_deleted,
        cast(nullif('{{ var('oracle_fusion_url', '') }}', '') || '/fscmUI/faces/deeplink?objType=AR_RECEIPT&action=VIEW&objKey=' || cast(application.standard_receipt_id as string) as string) as source_url,
        cast(application.standard_receipt_id as string) as payment_native_id,
        cast(application.reference_transaction_id as string) as invoice_native_id,
        cast(application.application_amount as decimal(18, 4)) as amount,
        cast(application.application_date as date) as applied_on
    from application
    inner join receipt on application.standard_receipt_id = receipt.standard_receipt_id
)

select * from final
