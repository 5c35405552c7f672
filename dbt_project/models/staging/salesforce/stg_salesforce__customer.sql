with

account as (
    select * from {{ ref('base_salesforce__account') }}
),

contact as (
    select * from {{ ref('base_salesforce__contact') }}
),

first_contact as (
    select
        account_id,
        email,
        system_modstamp,
        row_number() over (partition by account_id order by created_date nulls last, id nulls last) as nth
    from contact
    where not q2c_is_deleted
),

final as (
    select
        cast('salesforce' as string) as platform,
        cast('customer' as string) as entity,
        cast(account.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('salesforce', 'account.legal_entity_c') }} as string) as legal_entity,
        upper(cast(account.currency_iso_code as string)) as currency,
        cast(case when account.q2c_is_deleted then 'inactive' else 'active' end as string) as status,
        cast(account.created_date as timestamp) as created_at,
        cast(greatest(account.system_modstamp, first_contact.system_modstamp) as timestamp) as source_updated_at,
        cast(account.q2c_read_at as timestamp) as observed_at,
        account.q2c_is_deleted as is_deleted,
        cast('{{ var('salesforce_url', 'https://login.salesforce.com') }}/' || account.id as string) as source_url,
        cast(account.name as string) as name,
        cast(first_contact.email as string) as email,
        cast(account.phone as string) as phone,
        cast(account.billing_street as string) as street,
        cast(account.billing_city as string) as city,
        cast(account.billing_state as string) as state,
        cast(account.billing_postal_code as string) as postal_code,
        cast(account.billing_country as string) as country,
        cast(account.payment_terms_c as string) as payment_terms,
        cast(coalesce(account.master_record_id, account.id) as string) as crm_id,
        cast(null as decimal(18, 4)) as balance,
        not account.q2c_is_deleted as is_active,
        cast(account.tax_number_c as string) as tax_number,
        cast({{ salesforce_id('account.parent_id') }} as string) as parent_native_id,
        cast(account.credit_hold_c as boolean) as is_on_hold,
        cast(null as boolean) as is_tax_exempt,
        cast(null as string) as bill_to_native_id
    from account
    left join first_contact on account.id = first_contact.account_id and first_contact.nth = 1
)

select * from final
