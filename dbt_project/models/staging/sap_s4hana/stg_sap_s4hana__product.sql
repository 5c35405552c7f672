with

product as (
    select * from {{ ref('base_sap_s4hana__product') }}
),

description as (
    select * from {{ ref('base_sap_s4hana__product_description') }}
    where not q2c_is_deleted
    qualify row_number() over (partition by product order by language <> 'EN', language) = 1
),

sales_tax as (
    select
        product,
        min(nullif(tax_classification, '')) as tax_code
    from {{ ref('base_sap_s4hana__product_sales_tax') }}
    where not q2c_is_deleted
    group by product
),

judged as (
    select
        product.*,
        description.product_description,
        sales_tax.tax_code,
        product.q2c_is_deleted
        or coalesce(product.is_marked_for_deletion, false)
        or coalesce(product.cross_plant_status, '') <> '' as is_out_of_use
    from product
    left join description on product.product = description.product
    left join sales_tax on product.product = sales_tax.product
),

final as (
    select
        cast('sap_s4hana' as string) as platform,
        cast('product' as string) as entity,
        cast(product as string) as native_id,
        cast(product as string) as document_number,
        cast(null as string) as legal_entity,
        cast(null as string) as currency,
        cast(case when is_out_of_use then 'inactive' else 'active' end as string) as status,
        cast(creation_date as timestamp) as created_at,
        cast(coalesce(last_change_date_time, creation_date) as timestamp) as source_updated_at,
        cast(q2c_read_at as timestamp) as observed_at,
        q2c_is_deleted as is_deleted,
        cast('{{ var('sap_s4hana_url', 'https://s4hana.cloud.sap') }}/ui#Material-displayFactSheet?Material=' || product as string) as source_url,
        cast(product as string) as product_code,
        cast(product_description as string) as name,
        cast(
            case when list_contains(string_split(recurring_product_groups, ' '), product_group) then 'recurring' else 'one_time' end
            as string
        ) as charge_type,
        not is_out_of_use as is_active,
        {{ unit_of_measure('base_unit') }} as unit,
        cast(tax_code as string) as tax_code
    from judged
)

select * from final
