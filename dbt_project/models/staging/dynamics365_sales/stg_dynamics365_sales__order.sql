with

quote as (
    select * from {{ ref('base_dynamics365_sales__quote') }}
),

salesorder as (
    select * from {{ ref('base_dynamics365_sales__salesorder') }}
),

transactioncurrency as (
    select * from {{ ref('base_dynamics365_sales__transactioncurrency') }}
),

final as (
    select
        cast('dynamics365_sales' as string) as platform,
        cast('order' as string) as entity,
        cast(salesorder.salesorderid as string) as native_id,
        cast(salesorder.ordernumber as string) as document_number,
        cast({{ legal_entity_of('dynamics365_sales') }} as string) as legal_entity,
        upper(cast(transactioncurrency.isocurrencycode as string)) as currency,
        cast(
            case
                when salesorder.statecode = 0 then 'draft'
                when salesorder.statecode = 1 then 'activated'
                when salesorder.statecode = 2 then 'closed'
                when salesorder.statecode = 3 then 'pending_billing'
                when salesorder.statecode = 4 then 'billed'
            end as string
        ) as status,
        cast(salesorder.createdon as timestamp) as created_at,
        cast(salesorder.modifiedon as timestamp) as source_updated_at,
        cast(salesorder.q2c_read_at as timestamp) as observed_at,
        salesorder.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('dynamics365_sales_url', 'https://home.dynamics.com') }}/main.aspx?pagetype=entityrecord&etn=salesorder&id='
            || salesorder.salesorderid as string
        ) as source_url,
        cast(salesorder.quoteid as string) as quote_id,
        cast(quote.quotenumber as string) as quote_number,
        cast(salesorder.customerid as string) as customer_native_id,
        cast(salesorder.createdon as timestamp) as ordered_at,
        cast(salesorder.new_startdate as date) as start_on,
        cast(salesorder.new_enddate as date) as end_on,
        cast(salesorder.totalamountlessfreight as decimal(18, 4)) as amount,
        cast(salesorder.new_erpordernumber as string) as erp_number,
        cast(salesorder.submitdate as timestamp) as activated_at,
        cast(null as string) as company_code
    from salesorder
    left join quote on salesorder.quoteid = quote.quoteid
    left join transactioncurrency on salesorder.transactioncurrencyid = transactioncurrency.transactioncurrencyid
)

select * from final
