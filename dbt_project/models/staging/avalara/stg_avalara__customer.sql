with

final as (
    select
        cast('avalara' as string) as platform,
        cast('customer' as string) as entity,
        cast(customer.customer_code as string) as native_id,
        cast(customer.customer_code as string) as document_number,
        cast({{ legal_entity_of('avalara', 'customer.company_code') }} as string) as legal_entity,
        cast(null as string) as currency,
        cast(case when customer.q2c_is_deleted then 'inactive' else 'active' end as string) as status,
        cast(customer.created_date as timestamp) as created_at,
        cast(customer.modified_date as timestamp) as source_updated_at,
        cast(customer.q2c_read_at as timestamp) as observed_at,
        customer.q2c_is_deleted as is_deleted,
        cast('{{ var('avalara_url', 'https://app.avalara.com/avatax') }}' || '/customers/' || customer.id as string) as source_url,
        cast(customer.name as string) as name,
        cast(customer.email_address as string) as email,
        cast(customer.phone_number as string) as phone,
        cast(customer.line1 as string) as street,
        cast(customer.city as string) as city,
        cast(customer.region as string) as state,
        cast(customer.postal_code as string) as postal_code,
        cast(customer.country as string) as country,
        cast(null as string) as payment_terms,
        cast({{ salesforce_id('customer.customer_code') }} as string) as crm_id,
        cast(null as decimal(18, 4)) as balance,
        not customer.q2c_is_deleted as is_active,
        cast(null as string) as tax_number,
        cast(null as string) as parent_native_id,
        cast(null as boolean) as is_on_hold,
        cast(null as boolean) as is_tax_exempt,
        cast(null as string) as bill_to_native_id
    from {{ ref('base_avalara__customer') }} as customer
)

select * from final
