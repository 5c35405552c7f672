with

account as (
    select * from {{ ref('base_zuora__account') }}
),

memo as (
    select * from {{ ref('base_zuora__credit_memo') }}
),

invoice as (
    select * from {{ ref('base_zuora__invoice') }}
),

final as (
    select
        cast('zuora' as string) as platform,
        cast('credit_memo' as string) as entity,
        cast(memo.id as string) as native_id,
        cast(memo.memo_number as string) as document_number,
        cast({{ legal_entity_of('zuora', 'account.legal_entity_c') }} as string) as legal_entity,
        upper(cast(coalesce(memo.currency, account.currency) as string)) as currency,
        cast(
            case
                when memo.status in ('Draft', 'Generating', 'PendingForTax', 'Error') then 'draft'
                when memo.status in ('Canceled', 'CancelInProgress') or memo.reversed then 'void'
                -- the memo by which an invoice was reversed, and the invoice, cancel each other out
                when invoice.reversed and memo.total_amount = invoice.amount then 'void'
                when memo.status = 'Posted' then 'issued'
            end as string
        ) as status,
        cast(memo.created_date as timestamp) as created_at,
        cast(memo.updated_date as timestamp) as source_updated_at,
        cast(memo.q2c_read_at as timestamp) as observed_at,
        memo.q2c_is_deleted as is_deleted,
        cast('{{ var('zuora_url', 'https://www.zuora.com') }}/apps/CreditMemo.do?method=view&id=' || memo.id as string) as source_url,
        cast(memo.memo_number as string) as billing_number,
        cast(nullif(memo.invoice_id, '') as string) as invoice_native_id,
        cast(memo.account_id as string) as customer_native_id,
        cast(nullif(memo.reason_code, '') as string) as reason,
        cast(memo.memo_date as date) as issued_on,
        cast(memo.total_amount as decimal(18, 4)) as amount,
        cast(coalesce(memo.tax_amount, 0) as decimal(18, 4)) as tax_amount,
        cast(null as decimal(18, 4)) as balance
    from memo
    left join account on memo.account_id = account.id
    left join invoice on memo.invoice_id = invoice.id
)

select * from final
