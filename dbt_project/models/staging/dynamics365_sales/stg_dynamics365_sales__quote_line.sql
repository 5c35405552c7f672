with

quote as (
    select * from {{ ref('base_dynamics365_sales__quote') }}
),

quotedetail as (
    select * from {{ ref('base_dynamics365_sales__quotedetail') }}
),

transactioncurrency as (
    select * from {{ ref('base_dynamics365_sales__transactioncurrency') }}
),

product as (
    select * from {{ ref('stg_dynamics365_sales__product') }}
),

net as (
    select
        *,
        extendedamount - coalesce(tax, 0) as amount
    from quotedetail
),

final as (
    select
        cast('dynamics365_sales' as string) as platform,
        cast('quote_line' as string) as entity,
        cast(net.quotedetailid as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('dynamics365_sales') }} as string) as legal_entity,
        upper(cast(transactioncurrency.isocurrencycode as string)) as currency,
        cast(null as string) as status,
        cast(net.createdon as timestamp) as created_at,
        cast(net.modifiedon as timestamp) as source_updated_at,
        cast(net.q2c_read_at as timestamp) as observed_at,
        net.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('dynamics365_sales_url', 'https://home.dynamics.com') }}/main.aspx?pagetype=entityrecord&etn=quotedetail&id='
            || net.quotedetailid as string
        ) as source_url,
        cast(net.quoteid as string) as quote_native_id,
        cast(net.lineitemnumber as bigint) as line_number,
        product.product_code,
        product.charge_type,
        cast(net.quantity as decimal(18, 6)) as quantity,
        -- as it was when the line was priced: the price list may have changed since
        cast(
            net.priceperunit / case when product.charge_type = 'recurring' then nullif(quote.new_termmonths, 0) else 1 end
            as decimal(18, 6)
        ) as list_price,
        cast(net.amount / nullif(net.quantity, 0) as decimal(18, 6)) as unit_price,
        cast(net.amount as decimal(18, 4)) as amount,
        cast(null as decimal(18, 6)) as prior_quantity,
        cast(null as string) as amended_line_native_id
    from net
    left join quote on net.quoteid = quote.quoteid
    left join product on net.productid = product.native_id
    left join transactioncurrency on net.transactioncurrencyid = transactioncurrency.transactioncurrencyid
)

select * from final
