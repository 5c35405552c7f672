with

line as (
    select * from {{ ref('base_dynamics365_finance__sales_order_line') }}
),

orders as (
    select * from {{ ref('base_dynamics365_finance__sales_order') }}
),

final as (
    select
        cast('dynamics365_finance' as string) as platform,
        cast('order_line' as string) as entity,
        cast(line.data_area_id || '/' || line.inventory_lot_id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('dynamics365_finance', 'line.data_area_id') }} as string) as legal_entity,
        upper(cast(line.currency_code as string)) as currency,
        cast(null as string) as status,
        cast(orders.order_creation_date_time as timestamp) as created_at,
        cast(line.q2c_version_at as timestamp) as source_updated_at,
        cast(line.q2c_read_at as timestamp) as observed_at,
        line.q2c_is_deleted or orders.q2c_is_deleted as is_deleted,
        cast('{{ var('dynamics365_finance_url', 'https://www.office.com/launch/dynamics365') }}/?cmp=' || line.data_area_id || '&mi=SalesTableListPage' as string) as source_url,
        cast(line.data_area_id || '/' || line.sales_order_number as string) as order_native_id,
        cast(coalesce(nullif(line.customers_line_number, 0), line.line_creation_sequence_number) as bigint) as line_number,
        cast(line.item_number as string) as product_code,
        cast(line.ordered_sales_quantity as decimal(18, 6)) as quantity,
        cast(line.sales_price as decimal(18, 6)) as unit_price,
        cast(line.line_amount as decimal(18, 4)) as amount
    from line
    inner join orders on line.data_area_id = orders.data_area_id and line.sales_order_number = orders.sales_order_number
)

select * from final
