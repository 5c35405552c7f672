with

customer as (
    select * from {{ ref('base_netsuite__customer') }}
),

subsidiary as (
    select * from {{ ref('base_netsuite__subsidiary') }}
),

transactions as (
    select * from {{ ref('base_netsuite__transaction') }}
),

balance as (
    select
        entity,
        sum(case when type = 'CustInvc' then foreignamountunpaid else -foreignpaymentamountunused end) as amount
    from transactions
    where
        type in ('CustInvc', 'CustPymt', 'CustCred')
        and not q2c_is_deleted
        and not coalesce(voided, false)
        and coalesce(posting, true)
    group by entity
),

final as (
    select
        cast('netsuite' as string) as platform,
        cast('customer' as string) as entity,
        cast(customer.id as string) as native_id,
        cast(customer.entityid as string) as document_number,
        cast({{ legal_entity_of('netsuite', 'subsidiary.country') }} as string) as legal_entity,
        upper(cast(customer.currencysymbol as string)) as currency,
        cast(case when customer.isinactive then 'inactive' else 'active' end as string) as status,
        cast(customer.datecreated as timestamp) as created_at,
        cast(customer.lastmodifieddate as timestamp) as source_updated_at,
        cast(customer.q2c_read_at as timestamp) as observed_at,
        customer.q2c_is_deleted as is_deleted,
        cast('{{ var('netsuite_url', 'https://system.netsuite.com') }}/app/common/entity/custjob.nl?id=' || cast(customer.id as string) as string) as source_url,
        cast(customer.companyname as string) as name,
        cast(customer.email as string) as email,
        cast(customer.phone as string) as phone,
        cast(customer.addr1 as string) as street,
        cast(customer.city as string) as city,
        cast(customer.state as string) as state,
        cast(customer.zip as string) as postal_code,
        cast(customer.country as string) as country,
        cast(customer.termsname as string) as payment_terms,
        cast({{ salesforce_id('customer.externalid') }} as string) as crm_id,
        cast(coalesce(balance.amount, 0) as decimal(18, 4)) as balance,
        not coalesce(customer.isinactive, false) and not customer.q2c_is_deleted as is_active,
        cast(customer.vatregnumber as string) as tax_number,
        cast(customer.parent as string) as parent_native_id,
        cast(customer.oncredithold as boolean) as is_on_hold,
        cast(null as boolean) as is_tax_exempt,
        cast(null as string) as bill_to_native_id
    from customer
    left join subsidiary on customer.subsidiary = subsidiary.id
    left join balance on customer.id = balance.entity
)

select * from final
