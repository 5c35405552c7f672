with

account as (
    select * from {{ ref('base_dynamics365_sales__account') }}
),

contact as (
    select * from {{ ref('base_dynamics365_sales__contact') }}
),

transactioncurrency as (
    select * from {{ ref('base_dynamics365_sales__transactioncurrency') }}
),

final as (
    select
        cast('dynamics365_sales' as string) as platform,
        cast('customer' as string) as entity,
        cast(account.accountid as string) as native_id,
        cast(account.accountnumber as string) as document_number,
        cast({{ legal_entity_of('dynamics365_sales') }} as string) as legal_entity,
        upper(cast(transactioncurrency.isocurrencycode as string)) as currency,
        cast(case when account.q2c_is_deleted or account.statecode <> 0 then 'inactive' else 'active' end as string) as status,
        cast(account.createdon as timestamp) as created_at,
        cast(greatest(account.modifiedon, contact.modifiedon) as timestamp) as source_updated_at,
        cast(account.q2c_read_at as timestamp) as observed_at,
        account.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('dynamics365_sales_url', 'https://home.dynamics.com') }}/main.aspx?pagetype=entityrecord&etn=account&id='
            || account.accountid as string
        ) as source_url,
        cast(account.name as string) as name,
        cast(coalesce(nullif(account.emailaddress1, ''), contact.emailaddress1) as string) as email,
        cast(account.telephone1 as string) as phone,
        cast(account.address1_line1 as string) as street,
        cast(account.address1_city as string) as city,
        cast(account.address1_stateorprovince as string) as state,
        cast(account.address1_postalcode as string) as postal_code,
        cast(account.address1_country as string) as country,
        cast(
            case
                when account.paymenttermscode = 1 then 'Net 30'
                when account.paymenttermscode = 2 then '2% 10, Net 30'
                when account.paymenttermscode = 3 then 'Net 45'
                when account.paymenttermscode = 4 then 'Net 60'
            end as string
        ) as payment_terms,
        cast(case when account.merged then coalesce(account.masterid, account.accountid) else account.accountid end as string) as crm_id,
        cast(null as decimal(18, 4)) as balance,
        not account.q2c_is_deleted and coalesce(account.statecode = 0, false) as is_active,
        cast(account.new_vatnumber as string) as tax_number,
        cast(account.parentaccountid as string) as parent_native_id,
        cast(account.creditonhold as boolean) as is_on_hold,
        cast(null as boolean) as is_tax_exempt,
        cast(null as string) as bill_to_native_id
    from account
    left join contact
        on
            contact.contactid = case when coalesce(account.emailaddress1, '') = '' then account.primarycontactid end
            and not contact.q2c_is_deleted
    left join transactioncurrency on account.transactioncurrencyid = transactioncurrency.transactioncurrencyid
)

select * from final
