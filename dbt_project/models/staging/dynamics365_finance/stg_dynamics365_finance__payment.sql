with

payment as (
    select * from {{ ref('base_dynamics365_finance__payment_line') }}
),

payment_journal as (
    select * from {{ ref('base_dynamics365_finance__payment_journal') }}
),

final as (
    select
        cast('dynamics365_finance' as string) as platform,
        cast('payment' as string) as entity,
        cast(concat_ws('/', payment.data_area_id, payment.journal_batch_number, cast(payment.line_number as bigint)) as string) as native_id,
        cast(payment.journal_batch_number as string) as document_number,
        cast({{ legal_entity_of('dynamics365_finance', 'payment.data_area_id') }} as string) as legal_entity,
        upper(cast(payment.currency_code as string)) as currency,
        cast(case payment_journal.is_posted when 'Yes' then 'succeeded' when 'No' then 'pending' end as string) as status,
        cast(payment.transaction_date as timestamp) as created_at,
        cast(payment.q2c_version_at as timestamp) as source_updated_at,
        cast(payment.q2c_read_at as timestamp) as observed_at,
        payment.q2c_is_deleted or payment_journal.q2c_is_deleted as is_deleted,
        cast('{{ var('dynamics365_finance_url', 'https://www.office.com/launch/dynamics365') }}/?cmp=' || payment.data_area_id || '&mi=LedgerJournalTableCustPaym' as string) as source_url,
        cast(nullif(payment.payment_reference, '') as string) as payment_ref,
        cast(nullif(payment.marked_invoice, '') as string) as invoice_number,
        cast(payment.data_area_id || '/' || payment.account_display_value as string) as customer_native_id,
        cast(payment.credit_amount - payment.debit_amount as decimal(18, 4)) as amount,
        cast(null as decimal(18, 4)) as fee_amount,
        cast(nullif(payment.transaction_date, date '1900-01-01') as timestamp) as paid_at,
        cast(null as decimal(18, 4)) as unapplied_amount
    from payment
    inner join payment_journal
        on payment.data_area_id = payment_journal.data_area_id and payment.journal_batch_number = payment_journal.journal_batch_number
)

select * from final
