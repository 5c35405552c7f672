with

transactions as (
    select * from {{ ref('base_netsuite__transaction') }}
),

subsidiary as (
    select * from {{ ref('base_netsuite__subsidiary') }}
),

header as (
    select * from transactions
    where type = 'SalesOrd'
),

final as (
    select
        cast('netsuite' as string) as platform,
        cast('order' as string) as entity,
        cast(header.id as string) as native_id,
        cast(header.tranid as string) as document_number,
        cast({{ legal_entity_of('netsuite', 'subsidiary.country') }} as string) as legal_entity,
        upper(cast(header.currencysymbol as string)) as currency,
        cast(
            case header.status
                when 'A' then 'pending_approval'
                when 'B' then 'activated'
                when 'D' then 'activated'
                when 'E' then 'pending_billing'
                when 'F' then 'pending_billing'
                when 'G' then 'billed'
                when 'C' then 'closed'
                when 'H' then 'closed'
            end as string
        ) as status,
        cast(header.createddate as timestamp) as created_at,
        cast(header.lastmodifieddate as timestamp) as source_updated_at,
        cast(header.q2c_read_at as timestamp) as observed_at,
        header.q2c_is_deleted as is_deleted,
        cast('{{ var('netsuite_url', 'https://system.netsuite.com') }}/app/accounting/transactions/salesord.nl?id=' || cast(header.id as string) as string) as source_url,
        cast({{ salesforce_id('header.custbody_quote_id') }} as string) as quote_id,
        cast(header.otherrefnum as string) as quote_number,
        cast(header.entity as string) as customer_native_id,
        cast(header.createddate as timestamp) as ordered_at,
        cast(header.startdate as date) as start_on,
        cast(header.enddate as date) as end_on,
        cast(header.foreigntotal as decimal(18, 4)) as amount,
        cast(header.tranid as string) as erp_number,
        cast(null as timestamp) as activated_at,
        cast(subsidiary.country as string) as company_code
    from header
    left join subsidiary on header.subsidiary = subsidiary.id
)

select * from final
