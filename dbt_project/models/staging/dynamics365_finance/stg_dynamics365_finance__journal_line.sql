with

line as (
    select * from {{ ref('base_dynamics365_finance__journal_line') }}
),

header as (
    select * from {{ ref('base_dynamics365_finance__journal') }}
),

leg as (
    select
        line.*,
        concat_ws('/', line.data_area_id, line.journal_batch_number, cast(line.line_number as bigint)) as native_id,
        line.account_type as kind,
        line.account_display_value as shown,
        line.debit_amount as debit,
        line.credit_amount as credit,
        0 as side
    from line
    union all
    select
        line.*,
        concat_ws('/', line.data_area_id, line.journal_batch_number, cast(line.line_number as bigint), 'offset') as native_id,
        line.offset_account_type as kind,
        line.offset_account_display_value as shown,
        line.credit_amount as debit,
        line.debit_amount as credit,
        1 as side
    from line
    where line.offset_account_display_value <> ''
),

numbered as (
    select
        leg.*,
        row_number() over (partition by data_area_id, journal_batch_number order by line_number, side) as place
    from leg
),

final as (
    select
        cast('dynamics365_finance' as string) as platform,
        cast('journal_line' as string) as entity,
        cast(numbered.native_id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('dynamics365_finance', 'numbered.data_area_id') }} as string) as legal_entity,
        upper(cast(numbered.currency_code as string)) as currency,
        cast(null as string) as status,
        cast(numbered.trans_date as timestamp) as created_at,
        cast(numbered.q2c_version_at as timestamp) as source_updated_at,
        cast(numbered.q2c_read_at as timestamp) as observed_at,
        numbered.q2c_is_deleted or header.q2c_is_deleted as is_deleted,
        cast('{{ var('dynamics365_finance_url', 'https://www.office.com/launch/dynamics365') }}/?cmp=' || numbered.data_area_id || '&mi=LedgerJournalTableDaily' as string) as source_url,
        cast(numbered.data_area_id || '/' || numbered.journal_batch_number as string) as journal_native_id,
        cast(numbered.place as bigint) as line_number,
        cast(case when numbered.kind = 'Ledger' then split_part(numbered.shown, '-', 1) else numbered.shown end as string) as account_code,
        cast(case when numbered.kind = 'Ledger' then substring(numbered.shown, length(split_part(numbered.shown, '-', 1)) + 2) end as string) as dimension,
        cast(numbered.debit as decimal(18, 4)) as debit,
        cast(numbered.credit as decimal(18, 4)) as credit
    from numbered
    inner join header on numbered.data_area_id = header.data_area_id and numbered.journal_batch_number = header.journal_batch_number
    where header.is_posted = 'Yes'
)

select * from final
