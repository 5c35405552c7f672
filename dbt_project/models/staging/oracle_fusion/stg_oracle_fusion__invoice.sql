with

invoice as (
    select * from {{ ref('base_oracle_fusion__invoice') }}
),

line as (
    select * from {{ ref('base_oracle_fusion__invoice_line') }}
),

tax_line as (
    select * from {{ ref('base_oracle_fusion__invoice_tax_line') }}
),

balance as (
    select * from {{ ref('base_oracle_fusion__invoice_balance') }}
),

account as (
    select * from {{ ref('base_oracle_fusion__account') }}
),

sales_order as (
    select * from {{ ref('base_oracle_fusion__sales_order') }}
),

ordered as (
    select
        line.customer_transaction_id,
        min(sales_order.source_transaction_system || ':' || sales_order.source_transaction_id) as order_native_id
    from line
    inner join sales_order on line.sales_order = sales_order.order_number
    where not line.q2c_is_deleted
    group by line.customer_transaction_id
),

tax as (
    select
        tax_line.customer_transaction_id,
        sum(tax_line.tax_amount) as amount
    from tax_line
    inner join invoice on tax_line.customer_transaction_id = invoice.customer_transaction_id
    where not tax_line.q2c_is_deleted and tax_line.invoice_last_update_date >= invoice.last_update_date
    group by tax_line.customer_transaction_id
),

buyer as (
    select
        account_number,
        min(customer_id) as party_id
    from account
    group by account_number
),

known as (
    select
        invoice.*,
        coalesce(balance.invoice_balance_amount, invoice.entered_amount) as open_amount
    from invoice
    left join balance on invoice.customer_transaction_id = balance.customer_transaction_id
),

final as (
    select
        cast('oracle_fusion' as string) as platform,
        cast('invoice' as string) as entity,
        cast(known.customer_transaction_id as string) as native_id,
        cast(known.transaction_number as string) as document_number,
        cast({{ legal_entity_of('oracle_fusion', 'known.business_unit') }} as string) as legal_entity,
        cast(upper(known.invoice_currency_code) as string) as currency,
        cast(
            case
                when known.invoice_status in ('Incomplete', 'Frozen') then 'draft'
                when known.invoice_status = 'Complete' and known.open_amount > 0 then 'open'
                when known.invoice_status = 'Complete' then 'paid'
            end as string
        ) as status,
        cast(known.creation_date as timestamp) as created_at,
        cast(known.last_update_date as timestamp) as source_updated_at,
        cast(known.q2c_read_at as timestamp) as observed_at,
        known.q2c_is_deleted as is_deleted,
        cast(nullif('{{ var('oracle_fusion_url', '') }}', '') || '/fscmUI/faces/deeplink?objType=AR_TRANSACTION&action=VIEW&objKey=' || cast(known.customer_transaction_id as string) as string) as source_url,
        cast(known.transaction_number as string) as billing_number,
        cast(ordered.order_native_id as string) as order_native_id,
        cast(buyer.party_id as string) as customer_native_id,
        cast(known.transaction_date as date) as invoiced_on,
        cast(known.due_date as date) as due_on,
        cast(known.entered_amount as decimal(18, 4)) as amount,
        cast(coalesce(tax.amount, 0) as decimal(18, 4)) as tax_amount,
        cast(known.open_amount as decimal(18, 4)) as balance
    from known
    left join ordered on known.customer_transaction_id = ordered.customer_transaction_id
    left join tax on known.customer_transaction_id = tax.customer_transaction_id
    left join buyer on known.bill_to_customer_number = buyer.account_number
)

select * from final
