with

customer as (
    select * from {{ ref('base_legacy_oms__customers') }}
),

final as (
    select
        cast('legacy_oms' as string) as platform,
        cast('customer' as string) as entity,
        cast(id as string) as native_id,
        cast(customer_no as string) as document_number,
        cast({{ legal_entity_of('legacy_oms') }} as string) as legal_entity,
        upper(cast(currency as string)) as currency,
        cast(case when is_active then 'active' else 'inactive' end as string) as status,
        cast(created_at as timestamp) as created_at,
        cast(coalesce(committed_at, updated_at) as timestamp) as source_updated_at,
        cast(q2c_read_at as timestamp) as observed_at,
        q2c_is_deleted as is_deleted,
        case when '{{ var('legacy_oms_url', '') }}' <> '' then cast('{{ var('legacy_oms_url', '') }}/customers/' || cast(id as string) as string) end as source_url,
        cast(name as string) as name,
        cast(email as string) as email,
        cast(phone as string) as phone,
        cast(street as string) as street,
        cast(city as string) as city,
        cast(state as string) as state,
        cast(postal_code as string) as postal_code,
        cast(country as string) as country,
        cast(payment_terms as string) as payment_terms,
        cast({{ salesforce_id('crm_id') }} as string) as crm_id,
        cast(null as decimal(18, 4)) as balance,
        coalesce(is_active, false) and not q2c_is_deleted as is_active,
        cast(vat_id as string) as tax_number,
        cast(null as string) as parent_native_id,
        cast(is_on_hold as boolean) as is_on_hold,
        cast(null as boolean) as is_tax_exempt,
        cast(null as string) as bill_to_native_id
    from customer
)

select * from final
