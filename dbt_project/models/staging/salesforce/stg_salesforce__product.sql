with

product2 as (
    select * from {{ ref('base_salesforce__product2') }}
),

final as (
    select
        cast('salesforce' as string) as platform,
        cast('product' as string) as entity,
        cast(product2.id as string) as native_id,
        cast(product2.product_code as string) as document_number,
        cast(null as string) as legal_entity,
        cast(null as string) as currency,
        cast(case when product2.is_active then 'active' else 'inactive' end as string) as status,
        cast(product2.created_date as timestamp) as created_at,
        cast(product2.system_modstamp as timestamp) as source_updated_at,
        cast(product2.q2c_read_at as timestamp) as observed_at,
        product2.q2c_is_deleted as is_deleted,
        cast('{{ var('salesforce_url', 'https://login.salesforce.com') }}/' || product2.id as string) as source_url,
        cast(product2.product_code as string) as product_code,
        cast(product2.name as string) as name,
        cast(
            case
                when product2.sbqq_charge_type_c = 'One-Time' then 'one_time'
                when product2.sbqq_charge_type_c = 'Recurring' then 'recurring'
                when product2.sbqq_charge_type_c = 'Usage' then 'usage'
            end as string
        ) as charge_type,
        cast(product2.is_active as boolean) as is_active,
        {{ unit_of_measure('product2.quantity_unit_of_measure') }} as unit,
        cast(null as string) as tax_code
    from product2
)

select * from final
