with

header as (
    select * from {{ ref('base_dynamics365_finance__journal') }}
),

line as (
    select * from {{ ref('base_dynamics365_finance__journal_line') }}
),

total as (
    select
        data_area_id,
        journal_batch_number,
        min(currency_code) as currency_code,
        min(trans_date) as posted_on,
        bool_or(reverse_entry = 'Yes') as is_reversed_by_itself,
        sum(debit_amount + case when offset_account_display_value <> '' then credit_amount else 0 end) as debit
    from line
    where not q2c_is_deleted
    group by data_area_id, journal_batch_number
),

reversal as (
    select
        data_area_id,
        substring(integration_key, 10) as undoes,
        min(journal_batch_number) as journal_batch_number
    from header
    where integration_key like 'REVERSAL:%' and is_posted = 'Yes' and not q2c_is_deleted
    group by data_area_id, substring(integration_key, 10)
),

final as (
    select
        cast('dynamics365_finance' as string) as platform,
        cast('journal' as string) as entity,
        cast(header.data_area_id || '/' || header.journal_batch_number as string) as native_id,
        cast(header.journal_batch_number as string) as document_number,
        cast({{ legal_entity_of('dynamics365_finance', 'header.data_area_id') }} as string) as legal_entity,
        upper(cast(coalesce(total.currency_code, header.accounting_currency) as string)) as currency,
        cast(case when reversal.undoes is not null or total.is_reversed_by_itself then 'reversed' else 'posted' end as string) as status,
        cast(total.posted_on as timestamp) as created_at,
        cast(header.q2c_version_at as timestamp) as source_updated_at,
        cast(header.q2c_read_at as timestamp) as observed_at,
        header.q2c_is_deleted as is_deleted,
        cast('{{ var('dynamics365_finance_url', 'https://www.office.com/launch/dynamics365') }}/?cmp=' || header.data_area_id || '&mi=LedgerJournalTableDaily' as string) as source_url,
        cast(case when header.integration_key not like 'REVERSAL:%' then nullif(header.integration_key, '') end as string) as journal_ref,
        cast(total.posted_on as date) as posted_on,
        cast(coalesce(total.debit, 0) as decimal(18, 4)) as amount,
        header.integration_key like 'REVERSAL:%' as is_reversal,
        cast(header.data_area_id || '/' || reversal.journal_batch_number as string) as reversed_by_native_id
    from header
    left join total on header.data_area_id = total.data_area_id and header.journal_batch_number = total.journal_batch_number
    left join reversal on header.data_area_id = reversal.data_area_id and header.journal_batch_number = reversal.undoes
    where header.is_posted = 'Yes'
)

select * from final
