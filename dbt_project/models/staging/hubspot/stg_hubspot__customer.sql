with

company as (
    select * from {{ ref('base_hubspot__company') }}
),

contact as (
    select * from {{ ref('base_hubspot__contact') }}
),

merged as (
    select * from {{ ref('base_hubspot__merged') }}
    where entity = 'company'
),

first_contact as (
    select
        company_id,
        email,
        updated_at,
        row_number() over (partition by company_id order by created_at nulls last, try_cast(id as bigint) nulls last) as nth
    from contact
    where not q2c_is_deleted
),

final as (
    select
        cast('hubspot' as string) as platform,
        cast('customer' as string) as entity,
        cast(company.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('hubspot') }} as string) as legal_entity,
        upper(cast(company.account_currency as string)) as currency,
        cast(case when company.q2c_is_deleted then 'inactive' else 'active' end as string) as status,
        cast(company.created_at as timestamp) as created_at,
        cast(greatest(company.updated_at, first_contact.updated_at) as timestamp) as source_updated_at,
        cast(company.q2c_read_at as timestamp) as observed_at,
        company.q2c_is_deleted as is_deleted,
        cast('{{ var('hubspot_url', 'https://app.hubspot.com') }}/0-2/' || company.id as string) as source_url,
        cast(company.name as string) as name,
        cast(first_contact.email as string) as email,
        cast(company.phone as string) as phone,
        cast(company.address as string) as street,
        cast(company.city as string) as city,
        cast(company.state as string) as state,
        cast(company.zip as string) as postal_code,
        cast(company.country as string) as country,
        cast(company.payment_terms as string) as payment_terms,
        cast(coalesce(merged.into_id, company.id) as string) as crm_id,
        cast(null as decimal(18, 4)) as balance,
        not company.q2c_is_deleted as is_active,
        cast(company.tax_number as string) as tax_number,
        cast(company.hs_parent_company_id as string) as parent_native_id,
        cast(null as boolean) as is_on_hold,
        cast(null as boolean) as is_tax_exempt,
        cast(null as string) as bill_to_native_id
    from company
    left join first_contact on company.id = first_contact.company_id and first_contact.nth = 1
    left join merged on company.id = merged.merged_id
)

select * from final
