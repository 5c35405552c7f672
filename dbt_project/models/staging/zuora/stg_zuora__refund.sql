with

account as (
    select * from {{ ref('base_zuora__account') }}
),

refund as (
    select * from {{ ref('base_zuora__refund') }}
),

refund_application as (
    select * from {{ ref('base_zuora__refund_application') }}
),

final as (
    select
        cast('zuora' as string) as platform,
        cast('refund' as string) as entity,
        cast(refund_application.id as string) as native_id,
        cast(refund.refund_number as string) as document_number,
        cast({{ legal_entity_of('zuora', 'account.legal_entity_c') }} as string) as legal_entity,
        upper(cast(coalesce(refund.currency, account.currency) as string)) as currency,
        cast(
            case
                when refund.status = 'Processed' then 'succeeded'
                when refund.status in ('Error', 'Canceled') then 'failed'
                when refund.status in ('Draft', 'Processing') then 'pending'
            end as string
        ) as status,
        cast(refund.created_date as timestamp) as created_at,
        cast(greatest(refund.updated_date, refund_application.updated_date) as timestamp) as source_updated_at,
        cast(greatest(refund.q2c_read_at, refund_application.q2c_read_at) as timestamp) as observed_at,
        refund.q2c_is_deleted or refund_application.q2c_is_deleted as is_deleted,
        cast('{{ var('zuora_url', 'https://www.zuora.com') }}/apps/NewPayment.do?method=view&id=' || refund_application.payment_id as string) as source_url,
        cast(refund_application.payment_id as string) as payment_native_id,
        cast(refund_application.apply_amount as decimal(18, 4)) as amount,
        cast(refund.reason_code as string) as reason,
        cast(refund.refund_date as timestamp) as refunded_at
    from refund_application
    inner join refund on refund_application.refund_id = refund.id
    left join account on refund.account_id = account.id
    where refund_application.payment_id is not null
)

select * from final
