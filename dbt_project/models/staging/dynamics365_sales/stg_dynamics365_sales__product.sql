with

product as (
    select * from {{ ref('base_dynamics365_sales__product') }}
),

final as (
    select
        cast('dynamics365_sales' as string) as platform,
        cast('product' as string) as entity,
        cast(product.productid as string) as native_id,
        cast(product.productnumber as string) as document_number,
        cast(null as string) as legal_entity,
        upper(cast(null as string)) as currency,
        cast(case when product.q2c_is_deleted or product.statecode not in (0, 3) then 'inactive' else 'active' end as string) as status,
        cast(product.createdon as timestamp) as created_at,
        cast(product.modifiedon as timestamp) as source_updated_at,
        cast(product.q2c_read_at as timestamp) as observed_at,
        product.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('dynamics365_sales_url', 'https://home.dynamics.com') }}/main.aspx?pagetype=entityrecord&etn=product&id='
            || product.productid as string
        ) as source_url,
        cast(product.productnumber as string) as product_code,
        cast(product.name as string) as name,
        cast(
            case
                when product.new_chargetype = 100000000 then 'one_time'
                when product.new_chargetype = 100000001 then 'recurring'
                when product.new_chargetype = 100000002 then 'usage'
            end as string
        ) as charge_type,
        not product.q2c_is_deleted and coalesce(product.statecode in (0, 3), false) as is_active,
        cast(null as string) as unit,
        cast(null as string) as tax_code
    from product
    where (product.productstructure is distinct from 2)
)

select * from final
