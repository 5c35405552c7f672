with

pricebook_entry as (
    select * from {{ ref('base_salesforce__pricebook_entry') }}
),

product as (
    select * from {{ ref('stg_salesforce__product') }}
),

final as (
    select
        cast('salesforce' as string) as platform,
        cast('price' as string) as entity,
        cast(pricebook_entry.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('salesforce', 'pricebook_entry.legal_entity_c') }} as string) as legal_entity,
        upper(cast(pricebook_entry.currency_iso_code as string)) as currency,
        cast(case when pricebook_entry.is_active then 'active' else 'inactive' end as string) as status,
        cast(pricebook_entry.created_date as timestamp) as created_at,
        cast(pricebook_entry.system_modstamp as timestamp) as source_updated_at,
        cast(pricebook_entry.q2c_read_at as timestamp) as observed_at,
        pricebook_entry.q2c_is_deleted as is_deleted,
        cast('{{ var('salesforce_url', 'https://login.salesforce.com') }}/' || pricebook_entry.id as string) as source_url,
        product.product_code,
        product.charge_type,
        cast(case when product.charge_type = 'recurring' then 'Month' end as string) as billing_period,
        cast(pricebook_entry.unit_price as decimal(18, 6)) as unit_price
    from pricebook_entry
    left join product
        on pricebook_entry.product2_id = product.native_id
)

select * from final
