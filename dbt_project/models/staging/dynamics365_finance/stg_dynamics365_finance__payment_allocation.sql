with

settled as (
    select * from {{ ref('base_dynamics365_finance__settled_invoice') }}
),

payment as (
    select * from {{ ref('base_dynamics365_finance__payment_line') }}
),

payment_journal as (
    select * from {{ ref('base_dynamics365_finance__payment_journal') }}
),

marked as (
    select
        payment.data_area_id,
        payment.journal_batch_number,
        payment.line_number,
        coalesce(nullif(payment.marked_invoice_company, ''), payment.data_area_id) as invoice_company,
        payment.marked_invoice as invoice_number,
        payment.credit_amount - payment.debit_amount as amount,
        payment.q2c_is_deleted,
        payment.q2c_version_at,
        payment.q2c_read_at
    from payment
    where payment.marked_invoice <> ''
),

share as (
    select
        settled.data_area_id,
        settled.journal_batch_number,
        settled.journal_line_number as line_number,
        settled.invoice_company,
        settled.invoice_number,
        settled.settlement_amount_in_invoice_currency as amount,
        settled.q2c_is_deleted,
        settled.q2c_version_at,
        settled.q2c_read_at
    from settled
    union all
    select marked.*
    from marked
    anti join settled
        on
            marked.data_area_id = settled.data_area_id
            and marked.journal_batch_number = settled.journal_batch_number
            and marked.line_number = settled.journal_line_number
            and not settled.q2c_is_deleted
),

final as (
    select
        cast('dynamics365_finance' as string) as platform,
        cast('payment_allocation' as string) as entity,
        cast(concat_ws('/', share.data_area_id, share.journal_batch_number, cast(share.line_number as bigint), share.invoice_company, share.invoice_number) as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('dynamics365_finance', 'share.data_area_id') }} as string) as legal_entity,
        upper(cast(payment.currency_code as string)) as currency,
        cast(null as string) as status,
        cast(payment.transaction_date as timestamp) as created_at,
        cast(share.q2c_version_at as timestamp) as source_updated_at,
        cast(share.q2c_read_at as timestamp) as observed_at,
        share.q2c_is_deleted or payment.q2c_is_deleted as is_deleted,
        cast('{{ var('dynamics365_finance_url', 'https://www.office.com/launch/dynamics365') }}/?cmp=' || share.data_area_id || '&mi=LedgerJournalTableCustPaym' as string) as source_url,
        cast(concat_ws('/', share.data_area_id, share.journal_batch_number, cast(share.line_number as bigint)) as string) as payment_native_id,
        cast(share.invoice_company || '/' || share.invoice_number as string) as invoice_native_id,
        cast(share.amount as decimal(18, 4)) as amount,
        nullif(payment.transaction_date, date '1900-01-01') as applied_on
    from share
    inner join payment
        on
            share.data_area_id = payment.data_area_id
            and share.journal_batch_number = payment.journal_batch_number
            and share.line_number = payment.line_number
    inner join payment_journal
        on share.data_area_id = payment_journal.data_area_id and share.journal_batch_number = payment_journal.journal_batch_number
    where payment_journal.is_posted = 'Yes'
)

select * from final
