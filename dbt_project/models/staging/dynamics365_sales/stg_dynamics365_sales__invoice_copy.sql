with

invoice as (
    select * from {{ ref('base_dynamics365_sales__invoice') }}
),

transactioncurrency as (
    select * from {{ ref('base_dynamics365_sales__transactioncurrency') }}
),

final as (
    select
        cast('dynamics365_sales' as string) as platform,
        cast('invoice_copy' as string) as entity,
        cast(invoice.invoiceid as string) as native_id,
        cast(invoice.invoicenumber as string) as document_number,
        cast({{ legal_entity_of('dynamics365_sales') }} as string) as legal_entity,
        upper(cast(transactioncurrency.isocurrencycode as string)) as currency,
        cast(
            case
                when invoice.statecode = 0 then 'open'
                when invoice.statecode = 2 and invoice.statuscode = 100002 then 'open'
                when invoice.statecode in (1, 2) then 'paid'
                when invoice.statecode = 3 then 'void'
            end as string
        ) as status,
        cast(invoice.createdon as timestamp) as created_at,
        cast(invoice.modifiedon as timestamp) as source_updated_at,
        cast(invoice.q2c_read_at as timestamp) as observed_at,
        invoice.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('dynamics365_sales_url', 'https://home.dynamics.com') }}/main.aspx?pagetype=entityrecord&etn=invoice&id='
            || invoice.invoiceid as string
        ) as source_url,
        cast(invoice.invoicenumber as string) as billing_number,
        cast(invoice.salesorderid as string) as order_native_id,
        cast(invoice.customerid as string) as customer_native_id,
        cast(invoice.duedate as date) as due_on,
        cast(invoice.totalamount as decimal(18, 4)) as amount
    from invoice
    left join transactioncurrency on invoice.transactioncurrencyid = transactioncurrency.transactioncurrencyid
)

select * from final
