with

pricelevel as (
    select * from {{ ref('base_dynamics365_sales__pricelevel') }}
),

productpricelevel as (
    select * from {{ ref('base_dynamics365_sales__productpricelevel') }}
),

transactioncurrency as (
    select * from {{ ref('base_dynamics365_sales__transactioncurrency') }}
),

product as (
    select * from {{ ref('stg_dynamics365_sales__product') }}
),

final as (
    select
        cast('dynamics365_sales' as string) as platform,
        cast('price' as string) as entity,
        cast(productpricelevel.productpricelevelid as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('dynamics365_sales') }} as string) as legal_entity,
        upper(cast(transactioncurrency.isocurrencycode as string)) as currency,
        cast(case when productpricelevel.q2c_is_deleted or pricelevel.q2c_is_deleted or pricelevel.statecode <> 0 then 'inactive' else 'active' end as string) as status,
        cast(productpricelevel.createdon as timestamp) as created_at,
        cast(greatest(productpricelevel.modifiedon, pricelevel.modifiedon) as timestamp) as source_updated_at,
        cast(productpricelevel.q2c_read_at as timestamp) as observed_at,
        productpricelevel.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('dynamics365_sales_url', 'https://home.dynamics.com') }}/main.aspx?pagetype=entityrecord&etn=productpricelevel&id='
            || productpricelevel.productpricelevelid as string
        ) as source_url,
        product.product_code,
        product.charge_type,
        cast(case when product.charge_type = 'recurring' then 'Month' end as string) as billing_period,
        cast(case when productpricelevel.pricingmethodcode = 1 then productpricelevel.amount end as decimal(18, 6)) as unit_price
    from productpricelevel
    left join pricelevel on productpricelevel.pricelevelid = pricelevel.pricelevelid
    left join product on productpricelevel.productid = product.native_id
    left join transactioncurrency
        on coalesce(productpricelevel.transactioncurrencyid, pricelevel.transactioncurrencyid) = transactioncurrency.transactioncurrencyid
)

select * from final
