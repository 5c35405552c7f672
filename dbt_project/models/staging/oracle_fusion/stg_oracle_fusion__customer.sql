with

organization as (
    select * from {{ ref('base_oracle_fusion__organization') }}
),

address as (
    select * from {{ ref('base_oracle_fusion__address') }}
),

source_reference as (
    select * from {{ ref('base_oracle_fusion__source_reference') }}
),

account as (
    select * from {{ ref('base_oracle_fusion__account') }}
),

company as (
    select case when count(distinct legal_entity) = 1 then max(legal_entity) end as legal_entity
    from {{ ref('companies') }}
    where platform = 'oracle_fusion'
),

place as (
    select
        party_id,
        arg_min(address1, address_id) as street,
        arg_min(city, address_id) as city,
        arg_min(state, address_id) as state,
        arg_min(postal_code, address_id) as postal_code,
        arg_min(country, address_id) as country
    from address
    where primary_flag and not q2c_is_deleted and coalesce(status, 'A') = 'A'
    group by party_id
),

known_as as (
    select
        party_id,
        arg_min(source_system_reference_value, source_system_reference_id) as crm_id
    from source_reference
    where object_type = 'HZ_PARTIES' and status = 'A' and not q2c_is_deleted
    group by party_id
),

owed as (
    select
        customer_id,
        sum(total_open_receivables_for_account) as amount
    from account
    where not q2c_is_deleted
    group by customer_id
),

final as (
    select
        cast('oracle_fusion' as string) as platform,
        cast('customer' as string) as entity,
        cast(organization.party_id as string) as native_id,
        cast(organization.party_number as string) as document_number,
        cast(company.legal_entity as string) as legal_entity,
        cast(upper(organization.currency_code) as string) as currency,
        cast(
            case organization.status
                when 'A' then 'active'
                when 'I' then 'inactive'
                when 'M' then 'inactive'
            end as string
        ) as status,
        cast(organization.creation_date as timestamp) as created_at,
        cast(organization.last_update_date as timestamp) as source_updated_at,
        cast(organization.q2c_read_at as timestamp) as observed_at,
        organization.q2c_is_deleted or coalesce(organization.status = 'M', false) as is_deleted,
        cast(nullif('{{ var('oracle_fusion_url', '') }}', '') || '/fscmUI/faces/deeplink?objType=HZ_PARTY&action=VIEW&objKey=' || cast(organization.party_id as string) as string) as source_url,
        cast(organization.organization_name as string) as name,
        cast(organization.email_address as string) as email,
        cast(organization.raw_phone_number as string) as phone,
        cast(place.street as string) as street,
        cast(place.city as string) as city,
        cast(place.state as string) as state,
        cast(place.postal_code as string) as postal_code,
        cast(place.country as string) as country,
        cast(null as string) as payment_terms,
        cast(known_as.crm_id as string) as crm_id,
        cast(coalesce(owed.amount, 0) as decimal(18, 4)) as balance,
        coalesce(organization.status = 'A', false) and not organization.q2c_is_deleted as is_active,
        cast(organization.taxpayer_identification_number as string) as tax_number,
        cast(null as string) as parent_native_id,
        cast(null as boolean) as is_on_hold,
        cast(null as boolean) as is_tax_exempt,
        cast(null as string) as bill_to_native_id
    from organization
    left join place on organization.party_id = place.party_id
    left join known_as on organization.party_id = known_as.party_id
    left join owed on organization.party_id = owed.customer_id
    cross join company
)

select * from final
