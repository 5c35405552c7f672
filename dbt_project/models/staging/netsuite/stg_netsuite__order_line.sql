with

transactions as (
    select * from {{ ref('base_netsuite__transaction') }}
),

line as (
    select * from {{ ref('base_netsuite__transactionline') }}
),

item as (
    select * from {{ ref('base_netsuite__item') }}
),

subsidiary as (
    select * from {{ ref('base_netsuite__subsidiary') }}
),

header as (
    select * from transactions
    where type = 'SalesOrd'
),

lines_read as (
    select max(q2c_read_at) as at from line
),

-- the lines of a document are read together, with its stamp: one with an older stamp is gone, unless the document changed while it was read
document_read as (
    select transaction, lastmodifieddate from line where mainline and lastmodifieddate <= q2c_read_at
),

final as (
    select
        cast('netsuite' as string) as platform,
        cast('order_line' as string) as entity,
        cast(line.transaction as string) || '-' || cast(line.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('netsuite', 'subsidiary.country') }} as string) as legal_entity,
        upper(cast(header.currencysymbol as string)) as currency,
        cast(null as string) as status,
        cast(header.createddate as timestamp) as created_at,
        cast(line.lastmodifieddate as timestamp) as source_updated_at,
        cast(line.q2c_read_at as timestamp) as observed_at,
        line.q2c_is_deleted or header.q2c_is_deleted
        or coalesce(line.lastmodifieddate < document_read.lastmodifieddate, false)
        or (line.lastmodifieddate < header.lastmodifieddate and header.lastmodifieddate < lines_read.at) as is_deleted,
        cast('{{ var('netsuite_url', 'https://system.netsuite.com') }}/app/accounting/transactions/salesord.nl?id=' || cast(line.transaction as string) as string) as source_url,
        cast(line.transaction as string) as order_native_id,
        cast(line.linesequencenumber as bigint) as line_number,
        cast(item.itemid as string) as product_code,
        cast(-line.quantity as decimal(18, 6)) as quantity,
        cast(line.rate as decimal(18, 6)) as unit_price,
        cast(-line.foreignamount as decimal(18, 4)) as amount
    from line
    inner join header on line.transaction = header.id
    left join item on line.item = item.id
    left join subsidiary on header.subsidiary = subsidiary.id
    left join document_read on line.transaction = document_read.transaction
    cross join lines_read
    where not line.mainline and not coalesce(line.taxline, false)
)

select * from final
