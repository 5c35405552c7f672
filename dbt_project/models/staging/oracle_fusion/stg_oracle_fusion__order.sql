with

sales_order as (
    select * from {{ ref('base_oracle_fusion__sales_order') }}
),

line as (
    select * from {{ ref('base_oracle_fusion__sales_order_line') }}
),

sold as (
    select
        line.source_transaction_system,
        line.source_transaction_id,
        min(line.contract_start_date1) as start_on,
        max(line.contract_end_date1) as end_on,
        sum(line.extended_amount) as amount
    from line
    inner join sales_order
        on line.source_transaction_system = sales_order.source_transaction_system and line.source_transaction_id = sales_order.source_transaction_id
    where not line.q2c_is_deleted and line.order_last_update_date >= sales_order.last_update_date
    group by line.source_transaction_system, line.source_transaction_id
),

final as (
    select
        cast('oracle_fusion' as string) as platform,
        cast('order' as string) as entity,
        cast(sales_order.source_transaction_system || ':' || sales_order.source_transaction_id as string) as native_id,
        cast(sales_order.order_number as string) as document_number,
        cast({{ legal_entity_of('oracle_fusion', 'sales_order.business_unit_name') }} as string) as legal_entity,
        cast(upper(sales_order.transactional_currency_code) as string) as currency,
        cast(
            case sales_order.status_code
                when 'DOO_DRAFT' then 'draft'
                when 'OPEN' then 'activated'
                when 'CLOSED' then 'billed'
                when 'CANCELED' then 'closed'
            end as string
        ) as status,
        cast(sales_order.creation_date as timestamp) as created_at,
        cast(sales_order.last_update_date as timestamp) as source_updated_at,
        cast(sales_order.q2c_read_at as timestamp) as observed_at,
        sales_order.q2c_is_deleted as is_deleted,
        cast(nullif('{{ var('oracle_fusion_url', '') }}', '') || '/fscmUI/faces/deeplink?objType=DOO_ORDER_HEADER&action=VIEW&objKey=' || cast(sales_order.header_id as string) as string) as source_url,
        cast(case when sales_order.source_transaction_system <> 'OPS' then sales_order.source_transaction_id end as string) as quote_id,
        cast(case when sales_order.source_transaction_system <> 'OPS' then sales_order.source_transaction_number end as string) as quote_number,
        cast(sales_order.buying_party_id as string) as customer_native_id,
        cast(coalesce(sales_order.transaction_on, sales_order.creation_date) as timestamp) as ordered_at,
        cast(sold.start_on as date) as start_on,
        cast(sold.end_on as date) as end_on,
        cast(coalesce(sold.amount, 0) as decimal(18, 4)) as amount,
        cast(sales_order.order_number as string) as erp_number,
        cast(null as timestamp) as activated_at,
        cast(sales_order.business_unit_name as string) as company_code
    from sales_order
    left join sold
        on sales_order.source_transaction_system = sold.source_transaction_system and sales_order.source_transaction_id = sold.source_transaction_id
)

select * from final
