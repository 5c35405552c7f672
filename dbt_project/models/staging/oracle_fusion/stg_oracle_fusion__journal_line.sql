-- a line older than its batch was taken out of its journal when that changed
with

batch as (
    select * from {{ ref('base_oracle_fusion__journal_batch') }}
),

journal as (
    select * from {{ ref('base_oracle_fusion__journal') }}
),

line as (
    select * from {{ ref('base_oracle_fusion__journal_line') }}
),

company as (
    select case when count(distinct legal_entity) = 1 then max(legal_entity) end as legal_entity
    from {{ ref('companies') }}
    where platform = 'oracle_fusion'
),

final as (
    select
        cast('oracle_fusion' as string) as platform,
        cast('journal_line' as string) as entity,
        cast(cast(line.je_header_id as string) || '-' || cast(line.je_line_number as string) as string) as native_id,
        cast(null as string) as document_number,
        cast(coalesce({{ legal_entity_of('oracle_fusion', 'journal.ledger_name') }}, company.legal_entity) as string) as legal_entity,
        cast(upper(journal.currency_code) as string) as currency,
        cast(null as string) as status,
        cast(batch.creation_date as timestamp) as created_at,
        cast(line.batch_last_update_date as timestamp) as source_updated_at,
        cast(line.q2c_read_at as timestamp) as observed_at,
        line.q2c_is_deleted or journal.q2c_is_deleted or batch.q2c_is_deleted
        or coalesce(line.batch_last_update_date < journal.batch_last_update_date, false) as is_deleted,
        cast(nullif('{{ var('oracle_fusion_url', '') }}', '') || '/fscmUI/faces/deeplink?objType=GL_JOURNAL_BATCH&action=VIEW&objKey=' || cast(journal.je_batch_id as string) as string) as source_url,
        cast(journal.je_batch_id as string) || '-' || cast(journal.je_header_id as string) as journal_native_id,
        cast(line.je_line_number as bigint) as line_number,
        cast(split_part(line.account_combination, '-', 3) as string) as account_code,
        cast(split_part(line.account_combination, '-', 2) as string) as dimension,
        cast(coalesce(line.entered_dr, 0) as decimal(18, 4)) as debit,
        cast(coalesce(line.entered_cr, 0) as decimal(18, 4)) as credit
    from line
    inner join journal on line.je_header_id = journal.je_header_id
    inner join batch on journal.je_batch_id = batch.je_batch_id
    cross join company
    where batch.status = 'P'
)

select * from final
