with

account as (
    select * from {{ ref('base_zuora__account') }}
),

memo as (
    select * from {{ ref('base_zuora__credit_memo') }}
),

item as (
    select * from {{ ref('base_zuora__credit_memo_item') }}
),

invoice_item as (
    select * from {{ ref('base_zuora__invoice_item') }}
),

numbered as (
    select
        *,
        row_number() over (partition by credit_memo_id, q2c_is_deleted order by id) as nth
    from item
),

-- an item that does not say what it is for credits all that its invoice's line billed
final as (
    select
        cast('zuora' as string) as platform,
        cast('credit_memo_line' as string) as entity,
        cast(numbered.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('zuora', 'account.legal_entity_c') }} as string) as legal_entity,
        upper(cast(coalesce(memo.currency, account.currency) as string)) as currency,
        cast(null as string) as status,
        cast(numbered.created_date as timestamp) as created_at,
        cast(numbered.updated_date as timestamp) as source_updated_at,
        cast(numbered.q2c_read_at as timestamp) as observed_at,
        numbered.q2c_is_deleted as is_deleted,
        cast('{{ var('zuora_url', 'https://www.zuora.com') }}/apps/CreditMemo.do?method=view&id=' || numbered.credit_memo_id as string) as source_url,
        cast(numbered.credit_memo_id as string) as credit_memo_native_id,
        cast(numbered.nth as bigint) as line_number,
        cast(coalesce(nullif(numbered.sku, ''), invoice_item.s_ku) as string) as product_code,
        cast(coalesce(nullif(numbered.subscription_number, ''), invoice_item.subscription_number) as string) as subscription_number,
        cast(numbered.amount_without_tax as decimal(18, 4)) as amount,
        cast(coalesce(numbered.service_start_date, invoice_item.service_start_date) as date) as service_start_on,
        cast(coalesce(numbered.service_end_date, invoice_item.service_end_date) as date) as service_end_on
    from numbered
    left join memo on numbered.credit_memo_id = memo.id
    left join account on memo.account_id = account.id
    left join invoice_item on numbered.invoice_item_id = invoice_item.id
)

select * from final
