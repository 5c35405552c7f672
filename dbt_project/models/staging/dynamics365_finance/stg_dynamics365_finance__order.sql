with

orders as (
    select * from {{ ref('base_dynamics365_finance__sales_order') }}
),

line as (
    select * from {{ ref('base_dynamics365_finance__sales_order_line') }}
),

total as (
    select
        data_area_id,
        sales_order_number,
        sum(line_amount) as amount
    from line
    where not q2c_is_deleted
    group by data_area_id, sales_order_number
),

final as (
    select
        cast('dynamics365_finance' as string) as platform,
        cast('order' as string) as entity,
        cast(orders.data_area_id || '/' || orders.sales_order_number as string) as native_id,
        cast(orders.sales_order_number as string) as document_number,
        cast({{ legal_entity_of('dynamics365_finance', 'orders.data_area_id') }} as string) as legal_entity,
        upper(cast(orders.currency_code as string)) as currency,
        cast(
            case
                when orders.is_sales_processing_stopped = 'Yes' or orders.sales_order_status = 'Canceled' then 'closed'
                when orders.sales_order_status = 'Backorder' then 'activated'
                when orders.sales_order_status = 'Delivered' then 'pending_billing'
                when orders.sales_order_status = 'Invoiced' then 'billed'
            end as string
        ) as status,
        cast(orders.order_creation_date_time as timestamp) as created_at,
        cast(orders.q2c_version_at as timestamp) as source_updated_at,
        cast(orders.q2c_read_at as timestamp) as observed_at,
        orders.q2c_is_deleted as is_deleted,
        cast('{{ var('dynamics365_finance_url', 'https://www.office.com/launch/dynamics365') }}/?cmp=' || orders.data_area_id || '&mi=SalesTableListPage' as string) as source_url,
        cast(nullif(orders.quote_id_custom, '') as string) as quote_id,
        cast(nullif(orders.customers_order_reference, '') as string) as quote_number,
        cast(orders.data_area_id || '/' || orders.ordering_customer_account_number as string) as customer_native_id,
        cast(orders.order_creation_date_time as timestamp) as ordered_at,
        nullif(orders.rev_rec_contract_start_date, date '1900-01-01') as start_on,
        nullif(orders.rev_rec_contract_end_date, date '1900-01-01') as end_on,
        cast(coalesce(total.amount, 0) as decimal(18, 4)) as amount,
        cast(orders.sales_order_number as string) as erp_number,
        cast(null as timestamp) as activated_at,
        cast(orders.data_area_id as string) as company_code
    from orders
    left join total on orders.data_area_id = total.data_area_id and orders.sales_order_number = total.sales_order_number
)

select * from final
