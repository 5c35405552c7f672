with

transactions as (
    select * from {{ ref('base_netsuite__transaction') }}
),

link as (
    select * from {{ ref('base_netsuite__previoustransactionlinelink') }}
),

subsidiary as (
    select * from {{ ref('base_netsuite__subsidiary') }}
),

links_read as (
    select max(q2c_read_at) as at from link
),

final as (
    select
        cast('netsuite' as string) as platform,
        cast('payment_allocation' as string) as entity,
        cast(concat_ws('-', link.nextdoc, link.nextline, link.previousdoc, link.previousline) as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('netsuite', 'subsidiary.country') }} as string) as legal_entity,
        upper(cast(header.currencysymbol as string)) as currency,
        cast(null as string) as status,
        cast(header.createddate as timestamp) as created_at,
        cast(link.lastmodifieddate as timestamp) as source_updated_at,
        cast(link.q2c_read_at as timestamp) as observed_at,
        link.q2c_is_deleted or header.q2c_is_deleted
        or (link.lastmodifieddate < header.lastmodifieddate and header.lastmodifieddate < links_read.at) as is_deleted,
        cast('{{ var('netsuite_url', 'https://system.netsuite.com') }}/app/accounting/transactions/custpymt.nl?id=' || cast(link.nextdoc as string) as string) as source_url,
        cast(link.nextdoc as string) as payment_native_id,
        cast(link.previousdoc as string) as invoice_native_id,
        cast(link.foreignamount as decimal(18, 4)) as amount,
        cast(header.trandate as date) as applied_on
    from link
    inner join transactions as header on link.nextdoc = header.id
    left join subsidiary on header.subsidiary = subsidiary.id
    cross join links_read
)

select * from final
