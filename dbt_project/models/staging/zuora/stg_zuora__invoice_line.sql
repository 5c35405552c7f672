with

account as (
    select * from {{ ref('base_zuora__account') }}
),

invoice as (
    select * from {{ ref('base_zuora__invoice') }}
),

invoice_item as (
    select * from {{ ref('base_zuora__invoice_item') }}
),

item as (
    select
        *,
        row_number() over (
            partition by invoice_id, q2c_is_deleted
            order by charge_number nulls last, service_start_date nulls last, id
        ) as nth
    from invoice_item
),

final as (
    select
        cast('zuora' as string) as platform,
        cast('invoice_line' as string) as entity,
        cast(item.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('zuora', 'account.legal_entity_c') }} as string) as legal_entity,
        upper(cast(invoice.currency as string)) as currency,
        cast(null as string) as status,
        cast(item.created_date as timestamp) as created_at,
        cast(item.updated_date as timestamp) as source_updated_at,
        cast(item.q2c_read_at as timestamp) as observed_at,
        item.q2c_is_deleted as is_deleted,
        cast('{{ var('zuora_url', 'https://www.zuora.com') }}/apps/NewInvoice.do?method=view&id=' || item.invoice_id as string) as source_url,
        cast(item.invoice_id as string) as invoice_native_id,
        cast(item.nth as bigint) as line_number,
        cast(item.s_ku as string) as product_code,
        cast(item.charge_number as string) as variant,
        cast(item.subscription_number as string) as subscription_number,
        cast(item.quantity as decimal(18, 6)) as quantity,
        cast(item.unit_price as decimal(18, 6)) as unit_price,
        cast(item.charge_amount as decimal(18, 4)) as amount,
        cast(item.service_start_date as date) as service_start_on,
        cast(item.service_end_date as date) as service_end_on
    from item
    left join invoice
        on item.invoice_id = invoice.id
    left join account on invoice.account_id = account.id
)

select * from final
