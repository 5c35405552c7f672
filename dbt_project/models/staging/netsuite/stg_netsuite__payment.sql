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

header as (
    select * from transactions
    where type = 'CustPymt'
),

invoice as (
    select * from transactions
    where type = 'CustInvc'
),

pays as (
    select
        link.nextdoc,
        min(invoice.custbody_billing_number) as invoice_number
    from link
    inner join invoice on link.previousdoc = invoice.id
    group by link.nextdoc
),

final as (
    select
        cast('netsuite' as string) as platform,
        cast('payment' as string) as entity,
        cast(header.id as string) as native_id,
        cast(header.tranid as string) as document_number,
        cast({{ legal_entity_of('netsuite', 'subsidiary.country') }} as string) as legal_entity,
        upper(cast(header.currencysymbol as string)) as currency,
        cast(
            case
                when header.voided or header.status in ('V', 'R') then 'failed'
                when header.status = 'A' then 'pending'
                when header.status in ('B', 'C') then 'succeeded'
            end as string
        ) as status,
        cast(header.createddate as timestamp) as created_at,
        cast(header.lastmodifieddate as timestamp) as source_updated_at,
        cast(header.q2c_read_at as timestamp) as observed_at,
        header.q2c_is_deleted as is_deleted,
        cast('{{ var('netsuite_url', 'https://system.netsuite.com') }}/app/accounting/transactions/custpymt.nl?id=' || cast(header.id as string) as string) as source_url,
        cast(header.custbody_payment_ref as string) as payment_ref,
        cast(pays.invoice_number as string) as invoice_number,
        cast(header.entity as string) as customer_native_id,
        cast(abs(header.foreigntotal) as decimal(18, 4)) as amount,
        cast(null as decimal(18, 4)) as fee_amount,
        cast(header.trandate as timestamp) as paid_at,
        cast(coalesce(header.foreignpaymentamountunused, 0) as decimal(18, 4)) as unapplied_amount
    from header
    left join pays on header.id = pays.nextdoc
    left join subsidiary on header.subsidiary = subsidiary.id
)

select * from final
