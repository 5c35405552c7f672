with

sales_order as (
    select * from {{ ref('base_oracle_fusion__sales_order') }}
),

line as (
    select * from {{ ref('base_oracle_fusion__sales_order_line') }}
),

lines_read as (
    select max(q2c_read_at) as at from line
),

-- the lines of a document are read together, with its stamp: one with an older stamp is gone, unless the document changed while it was read
document_read as (
    select source_transaction_system, source_transaction_id, max(order_last_update_date) as order_last_update_date from line
    where order_last_update_date <= q2c_read_at
    group by source_transaction_system, source_transaction_id
),

final as (
    select
        cast('oracle_fusion' as string) as platform,
        cast('order_line' as string) as entity,
        -- a line is reached through its order alone
        cast(
            sales_order.source_transaction_system || ':' || sales_order.source_transaction_id || '/' || cast(line.fulfill_line_id as string)
            as string
        ) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('oracle_fusion', 'sales_order.business_unit_name') }} as string) as legal_entity,
        cast(upper(sales_order.transactional_currency_code) as string) as currency,
        cast(null as string) as status,
        cast(sales_order.creation_date as timestamp) as created_at,
        cast(line.order_last_update_date as timestamp) as source_updated_at,
        cast(line.q2c_read_at as timestamp) as observed_at,
        line.q2c_is_deleted or sales_order.q2c_is_deleted
        or coalesce(line.order_last_update_date < document_read.order_last_update_date, false)
        or (line.order_last_update_date < sales_order.last_update_date and sales_order.last_update_date < lines_read.at) as is_deleted,
        cast(nullif('{{ var('oracle_fusion_url', '') }}', '') || '/fscmUI/faces/deeplink?objType=DOO_ORDER_HEADER&action=VIEW&objKey=' || cast(sales_order.header_id as string) as string) as source_url,
        cast(sales_order.source_transaction_system || ':' || sales_order.source_transaction_id as string) as order_native_id,
        try_cast(line.source_transaction_line_number as bigint) as line_number,
        cast(line.product_number as string) as product_code,
        cast(line.ordered_quantity as decimal(18, 6)) as quantity,
        cast(line.unit_selling_price as decimal(18, 6)) as unit_price,
        cast(line.extended_amount as decimal(18, 4)) as amount
    from line
    inner join sales_order
        on line.source_transaction_system = sales_order.source_transaction_system and line.source_transaction_id = sales_order.source_transaction_id
    left join document_read
        on
            line.source_transaction_system = document_read.source_transaction_system
            and line.source_transaction_id = document_read.source_transaction_id
    cross join lines_read
)

select * from final
