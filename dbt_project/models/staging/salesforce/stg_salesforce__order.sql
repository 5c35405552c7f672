with

sales_order as (
    select * from {{ ref('base_salesforce__order') }}
),

sbqq_quote as (
    select * from {{ ref('base_salesforce__sbqq_quote') }}
),

final as (
    select
        cast('salesforce' as string) as platform,
        cast('order' as string) as entity,
        cast(sales_order.id as string) as native_id,
        cast(sales_order.order_number as string) as document_number,
        cast({{ legal_entity_of('salesforce', 'sales_order.legal_entity_c') }} as string) as legal_entity,
        upper(cast(sales_order.currency_iso_code as string)) as currency,
        cast(
            case
                when sales_order.status_code = 'Draft' then 'draft'
                when sales_order.status_code = 'Activated' then 'activated'
                when sales_order.status_code in ('Canceled', 'Expired') then 'closed'
            end as string
        ) as status,
        cast(sales_order.created_date as timestamp) as created_at,
        cast(sales_order.system_modstamp as timestamp) as source_updated_at,
        cast(sales_order.q2c_read_at as timestamp) as observed_at,
        sales_order.q2c_is_deleted as is_deleted,
        cast('{{ var('salesforce_url', 'https://login.salesforce.com') }}/' || sales_order.id as string) as source_url,
        cast(sales_order.sbqq_quote_c as string) as quote_id,
        cast(sbqq_quote.name as string) as quote_number,
        cast(sales_order.account_id as string) as customer_native_id,
        cast(sales_order.created_date as timestamp) as ordered_at,
        cast(sales_order.effective_date as date) as start_on,
        cast(sales_order.end_date as date) as end_on,
        cast(sales_order.total_amount as decimal(18, 4)) as amount,
        cast(sales_order.erp_order_number_c as string) as erp_number,
        cast(sales_order.activated_date as timestamp) as activated_at,
        cast(sales_order.legal_entity_c as string) as company_code
    from sales_order
    left join sbqq_quote
        on sales_order.sbqq_quote_c = sbqq_quote.id
)

select * from final
