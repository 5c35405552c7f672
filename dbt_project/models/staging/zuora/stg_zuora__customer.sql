with

account as (
    select * from {{ ref('base_zuora__account') }}
),

contact as (
    select * from {{ ref('base_zuora__contact') }}
),

final as (
    select
        cast('zuora' as string) as platform,
        cast('customer' as string) as entity,
        cast(account.id as string) as native_id,
        cast(account.account_number as string) as document_number,
        cast({{ legal_entity_of('zuora', 'account.legal_entity_c') }} as string) as legal_entity,
        upper(cast(account.currency as string)) as currency,
        cast(case when account.status = 'Active' and not account.q2c_is_deleted then 'active' else 'inactive' end as string) as status,
        cast(account.created_date as timestamp) as created_at,
        cast(greatest(account.updated_date, contact.updated_date) as timestamp) as source_updated_at,
        cast(account.q2c_read_at as timestamp) as observed_at,
        account.q2c_is_deleted as is_deleted,
        cast('{{ var('zuora_url', 'https://www.zuora.com') }}/apps/CustomerAccount.do?method=view&id=' || account.id as string) as source_url,
        cast(account.name as string) as name,
        cast(contact.work_email as string) as email,
        cast(contact.work_phone as string) as phone,
        cast(contact.address1 as string) as street,
        cast(contact.city as string) as city,
        cast(contact.state as string) as state,
        cast(contact.postal_code as string) as postal_code,
        cast(contact.country as string) as country,
        cast(account.payment_term as string) as payment_terms,
        cast({{ salesforce_id('account.crm_id') }} as string) as crm_id,
        cast(account.balance as decimal(18, 4)) as balance,
        account.status = 'Active' and not account.q2c_is_deleted as is_active,
        cast(account.v_at_id as string) as tax_number,
        cast(account.parent_id as string) as parent_native_id,
        cast(null as boolean) as is_on_hold,
        account.tax_exempt_status = 'Yes' as is_tax_exempt,
        cast(null as string) as bill_to_native_id
    from account
    left join contact
        on account.bill_to_id = contact.id
)

select * from final
