with

transactions as (
    select * from {{ ref('base_netsuite__transaction') }}
    where type in ('Journal', 'CustInvc', 'CustCred')
),

period as (
    select * from {{ ref('base_netsuite__accountingperiod') }}
),

subsidiary as (
    select * from {{ ref('base_netsuite__subsidiary') }}
),

final as (
    select
        cast('netsuite' as string) as platform,
        cast('posting_period' as string) as entity,
        cast(transactions.id as string) as native_id,
        cast(period.periodname as string) as document_number,
        cast({{ legal_entity_of('netsuite', 'subsidiary.country') }} as string) as legal_entity,
        cast(null as string) as currency,
        cast(null as string) as status,
        cast(transactions.createddate as timestamp) as created_at,
        cast(transactions.lastmodifieddate as timestamp) as source_updated_at,
        cast(transactions.q2c_read_at as timestamp) as observed_at,
        transactions.q2c_is_deleted as is_deleted,
        cast(null as string) as source_url,
        cast(
            case transactions.type
                when 'Journal' then 'journal'
                when 'CustInvc' then 'invoice'
                when 'CustCred' then 'credit_memo'
            end as string
        ) as document_entity,
        cast(period.startdate as date) as starts_on,
        cast(period.enddate as date) as ends_on
    from transactions
    inner join period on transactions.postingperiod = period.id
    left join subsidiary on transactions.subsidiary = subsidiary.id
)

select * from final
