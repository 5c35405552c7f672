with

transactions as (
    select * from {{ ref('base_netsuite__transaction') }}
),

line as (
    select * from {{ ref('base_netsuite__transactionline') }}
),

subsidiary as (
    select * from {{ ref('base_netsuite__subsidiary') }}
),

header as (
    select * from transactions
    where type = 'CustCred'
),

tax as (
    select
        line.transaction,
        abs(sum(line.foreignamount)) as amount
    from line
    inner join header on line.transaction = header.id
    where line.taxline and not line.q2c_is_deleted and line.lastmodifieddate >= header.lastmodifieddate
    group by line.transaction
),

-- what a credit memo takes back is below zero there
final as (
    select
        cast('netsuite' as string) as platform,
        cast('credit_memo' as string) as entity,
        cast(header.id as string) as native_id,
        cast(header.tranid as string) as document_number,
        cast({{ legal_entity_of('netsuite', 'subsidiary.country') }} as string) as legal_entity,
        upper(cast(header.currencysymbol as string)) as currency,
        cast(case when header.voided or header.status = 'V' then 'void' when header.status in ('A', 'B') then 'issued' else 'draft' end as string) as status,
        cast(header.createddate as timestamp) as created_at,
        cast(header.lastmodifieddate as timestamp) as source_updated_at,
        cast(header.q2c_read_at as timestamp) as observed_at,
        header.q2c_is_deleted as is_deleted,
        cast('{{ var('netsuite_url', 'https://system.netsuite.com') }}/app/accounting/transactions/custcred.nl?id=' || cast(header.id as string) as string) as source_url,
        cast(header.custbody_billing_number as string) as billing_number,
        cast(header.createdfrom as string) as invoice_native_id,
        cast(header.entity as string) as customer_native_id,
        cast(header.memo as string) as reason,
        cast(header.trandate as date) as issued_on,
        cast(abs(header.foreigntotal) as decimal(18, 4)) as amount,
        cast(coalesce(tax.amount, 0) as decimal(18, 4)) as tax_amount,
        cast(coalesce(header.foreignpaymentamountunused, 0) as decimal(18, 4)) as balance
    from header
    left join tax on header.id = tax.transaction
    left join subsidiary on header.subsidiary = subsidiary.id
)

select * from final
