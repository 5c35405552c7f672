with

final as (
    select
        cast('avalara' as string) as platform,
        cast('tax_document' as string) as entity,
        cast(transaction.id as string) as native_id,
        cast(transaction.code as string) as document_number,
        cast({{ legal_entity_of('avalara', 'transaction.company_code') }} as string) as legal_entity,
        cast(upper(transaction.currency_code) as string) as currency,
        cast(
            case
                when transaction.status in ('Temporary', 'Saved', 'Posted', 'Uncommitted', 'Queued', 'PendingApproval') then 'draft'
                when transaction.status = 'Committed' then 'committed'
                when transaction.status = 'Adjusted' then 'adjusted'
                when transaction.status = 'Cancelled' then 'voided'
            end as string
        ) as status,
        cast(null as timestamp) as created_at,
        cast(transaction.modified_date as timestamp) as source_updated_at,
        cast(transaction.q2c_read_at as timestamp) as observed_at,
        transaction.q2c_is_deleted as is_deleted,
        cast('{{ var('avalara_url', 'https://app.avalara.com/avatax') }}' || '/transactions/' || transaction.id as string) as source_url,
        cast(transaction.code as string) as invoice_number,
        cast(case transaction.type when 'SalesInvoice' then 'invoice' when 'ReturnInvoice' then 'credit' end as string) as document_type,
        cast(coalesce(transaction.customer_code, transaction.customer_vendor_code) as string) as customer_native_id,
        cast(left(transaction.date, 10) as date) as taxed_on,
        cast(transaction.total_amount as decimal(18, 4)) as net_amount,
        cast(transaction.total_tax as decimal(18, 4)) as tax_amount,
        transaction.locked as is_locked,
        cast(transaction.country as string) as reported_country,
        cast(case when transaction.status = 'Adjusted' then transaction.modified_date end as timestamp) as adjusted_at
    from {{ ref('base_avalara__transaction') }} as transaction
    -- what is bought and what is moved between own places is taxed too, and belongs to no deal
    where transaction.type in ('SalesInvoice', 'ReturnInvoice')
)

select * from final
