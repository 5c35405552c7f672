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

total as (
    select
        line.je_header_id,
        sum(line.entered_dr) as debit
    from line
    inner join journal on line.je_header_id = journal.je_header_id
    where not line.q2c_is_deleted and line.batch_last_update_date >= journal.batch_last_update_date
    group by line.je_header_id
),

reversal as (
    select
        ledger_name,
        substring(journal_name, length('Reverses ') + 1) as reversed_name,
        min(cast(je_batch_id as string) || '-' || cast(je_header_id as string)) as native_id
    from journal
    where journal_name like 'Reverses %' and not q2c_is_deleted
    group by ledger_name, reversed_name
),

final as (
    select
        cast('oracle_fusion' as string) as platform,
        cast('journal' as string) as entity,
        cast(cast(journal.je_batch_id as string) || '-' || cast(journal.je_header_id as string) as string) as native_id,
        cast(journal.journal_name as string) as document_number,
        cast(coalesce({{ legal_entity_of('oracle_fusion', 'journal.ledger_name') }}, company.legal_entity) as string) as legal_entity,
        cast(upper(journal.currency_code) as string) as currency,
        cast(
            case
                when journal.accrual_reversal_status = 'Reversed' then 'reversed'
                when journal.accrual_reversal_status is null or journal.accrual_reversal_status = 'Not reversed' then 'posted'
            end as string
        ) as status,
        cast(batch.creation_date as timestamp) as created_at,
        cast(batch.last_update_date as timestamp) as source_updated_at,
        cast(journal.q2c_read_at as timestamp) as observed_at,
        journal.q2c_is_deleted or batch.q2c_is_deleted as is_deleted,
        cast(nullif('{{ var('oracle_fusion_url', '') }}', '') || '/fscmUI/faces/deeplink?objType=GL_JOURNAL_BATCH&action=VIEW&objKey=' || cast(journal.je_batch_id as string) as string) as source_url,
        cast(journal.external_reference as string) as journal_ref,
        cast(journal.default_effective_date as date) as posted_on,
        cast(coalesce(total.debit, 0) as decimal(18, 4)) as amount,
        journal.journal_name like 'Reverses %' as is_reversal,
        cast(reversal.native_id as string) as reversed_by_native_id
    from journal
    inner join batch on journal.je_batch_id = batch.je_batch_id
    left join total on journal.je_header_id = total.je_header_id
    left join reversal on journal.ledger_name = reversal.ledger_name and journal.journal_name = reversal.reversed_name
    cross join company
    where batch.status = 'P'
)

select * from final
