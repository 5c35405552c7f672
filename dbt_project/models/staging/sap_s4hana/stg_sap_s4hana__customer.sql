with

partner as (
    select * from {{ ref('base_sap_s4hana__business_partner') }}
    where customer <> ''
),

customer as (
    select * from {{ ref('base_sap_s4hana__customer') }}
),

company as (
    select * from {{ ref('base_sap_s4hana__customer_company') }}
    where not q2c_is_deleted
    qualify row_number() over (partition by customer order by company_code) = 1
),

area as (
    select * from {{ ref('base_sap_s4hana__customer_sales_area') }}
    where not q2c_is_deleted
    qualify row_number() over (partition by customer order by sales_organization, distribution_channel, division) = 1
),

bill_to as (
    select * from {{ ref('base_sap_s4hana__customer_partner_function') }}
    where partner_function in ('BP', 'RE') and bp_customer_number <> '' and not q2c_is_deleted
    qualify row_number() over (
        partition by customer
        order by default_partner desc, bp_customer_number = customer desc, sales_organization, distribution_channel, division, partner_counter
    ) = 1
),

address as (
    select * from {{ ref('base_sap_s4hana__business_partner_address') }}
    where not q2c_is_deleted
    qualify row_number() over (partition by business_partner order by address_id) = 1
),

email as (
    select * from {{ ref('base_sap_s4hana__email_address') }}
    where not q2c_is_deleted
    qualify row_number() over (partition by address_id order by is_default_email_address desc, ordinal_number) = 1
),

phone as (
    select * from {{ ref('base_sap_s4hana__phone_number') }}
    where not q2c_is_deleted
    qualify row_number() over (partition by address_id order by is_default_phone_number desc, ordinal_number) = 1
),

balance as (
    select
        customer,
        sum(amount_in_transaction_currency) as amount
    from {{ ref('base_sap_s4hana__journal_entry_item') }}
    where financial_account_type = 'D' and not coalesce(is_cleared, false) and not q2c_is_deleted
    group by customer
),

joined as (
    select
        partner.*,
        company.company_code,
        company.payment_terms,
        area.currency,
        email.email_address,
        phone.phone_number,
        nullif(concat_ws(' ', nullif(address.street_name, ''), nullif(address.house_number, '')), '') as street,
        nullif(address.city_name, '') as city,
        nullif(address.region, '') as state,
        nullif(address.postal_code, '') as postal_code,
        nullif(address.country, '') as country,
        coalesce(balance.amount, 0) as balance,
        try_strptime(cast(partner.creation_date as string) || coalesce(partner.creation_time, 'PT00H00M00S'), '%Y-%m-%dPT%HH%MM%SS') as made_at,
        try_strptime(cast(partner.last_change_date as string) || coalesce(partner.last_change_time, 'PT00H00M00S'), '%Y-%m-%dPT%HH%MM%SS') as changed_at,
        partner.q2c_is_deleted
        or coalesce(partner.business_partner_is_blocked, false)
        or coalesce(partner.is_marked_for_archiving, false)
        or coalesce(customer.posting_is_blocked, false)
        or coalesce(customer.deletion_indicator, false)
        or coalesce(company.deletion_indicator, false) as is_out_of_use,
        coalesce(customer.order_is_blocked_for_customer, '') <> '' as is_on_hold,
        customer.vat_registration,
        case when bill_to.bp_customer_number <> partner.customer then bill_to.bp_customer_number end as bill_to
    from partner
    left join customer on partner.customer = customer.customer
    left join company on partner.customer = company.customer
    left join area on partner.customer = area.customer
    left join bill_to on partner.customer = bill_to.customer
    left join address on partner.business_partner = address.business_partner
    left join email on address.address_id = email.address_id
    left join phone on address.address_id = phone.address_id
    left join balance on partner.customer = balance.customer
),

final as (
    select
        cast('sap_s4hana' as string) as platform,
        cast('customer' as string) as entity,
        cast(customer as string) as native_id,
        cast(customer as string) as document_number,
        cast({{ legal_entity_of('sap_s4hana', 'joined.company_code') }} as string) as legal_entity,
        upper(cast(nullif(currency, '') as string)) as currency,
        cast(case when is_out_of_use then 'inactive' else 'active' end as string) as status,
        cast(made_at as timestamp) as created_at,
        cast(coalesce(changed_at, made_at) as timestamp) as source_updated_at,
        cast(q2c_read_at as timestamp) as observed_at,
        q2c_is_deleted as is_deleted,
        cast('{{ var('sap_s4hana_url', 'https://s4hana.cloud.sap') }}/ui#Customer-displayFactSheet?Customer=' || customer as string) as source_url,
        cast(business_partner_full_name as string) as name,
        cast(nullif(email_address, '') as string) as email,
        cast(nullif(phone_number, '') as string) as phone,
        cast(street as string) as street,
        cast(city as string) as city,
        cast(state as string) as state,
        cast(postal_code as string) as postal_code,
        cast(country as string) as country,
        cast(
            case
                when payment_terms = 'NT00' then 'Due on receipt'
                when payment_terms in ('NT15', 'NT30', 'NT45', 'NT60', 'NT90') then 'Net ' || substr(payment_terms, 3)
                else nullif(payment_terms, '')
            end as string
        ) as payment_terms,
        cast({{ salesforce_id("nullif(business_partner_id_by_ext_system, '')") }} as string) as crm_id,
        cast(balance as decimal(18, 4)) as balance,
        not is_out_of_use as is_active,
        cast(nullif(vat_registration, '') as string) as tax_number,
        cast(null as string) as parent_native_id,
        cast(is_on_hold as boolean) as is_on_hold,
        cast(null as boolean) as is_tax_exempt,
        cast(bill_to as string) as bill_to_native_id
    from joined
)

select * from final
