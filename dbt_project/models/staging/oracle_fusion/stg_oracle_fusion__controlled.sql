-- a line older than its journal was taken out of it when that changed; what was read before the ledger's currency was, is in it
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

ledger as (
    select
        ledger_name,
        period_name,
        min(currency) as currency,
        min(start_date) as start_date
    from {{ ref('base_oracle_fusion__ledger_balance') }}
    group by ledger_name, period_name
),

reported as (
    select distinct ledger_name from ledger
),

company as (
    select case when count(distinct legal_entity) = 1 then max(legal_entity) end as legal_entity
    from {{ ref('companies') }}
    where platform = 'oracle_fusion'
),

posted as (
    select
        journal.ledger_name,
        coalesce(ledger.currency, journal.currency_code) as currency,
        coalesce(ledger.start_date, date_trunc('month', journal.default_effective_date)) as period_on,
        line.account_combination,
        coalesce(line.accounted_dr, line.entered_dr, 0) - coalesce(line.accounted_cr, line.entered_cr, 0) as amount,
        line.q2c_read_at
    from line
    inner join journal on line.je_header_id = journal.je_header_id and line.batch_last_update_date >= journal.batch_last_update_date
    inner join batch on journal.je_batch_id = batch.je_batch_id
    inner join reported on journal.ledger_name = reported.ledger_name
    left join ledger on journal.ledger_name = ledger.ledger_name and journal.period_name = ledger.period_name
    where
        batch.status = 'P' and not batch.q2c_is_deleted and not journal.q2c_is_deleted and not line.q2c_is_deleted
),

summed as (
    select
        ledger_name,
        currency,
        period_on,
        account_combination,
        sum(amount) as amount,
        max(q2c_read_at) as q2c_read_at
    from posted
    group by ledger_name, currency, period_on, account_combination
),

final as (
    select
        cast('oracle_fusion' as string) as platform,
        cast('ledger_balance' as string) as report,
        cast(coalesce({{ legal_entity_of('oracle_fusion', 'summed.ledger_name') }}, company.legal_entity) as string) as legal_entity,
        cast(upper(summed.currency) as string) as currency,
        cast(summed.period_on as date) as period_on,
        cast(summed.account_combination as string) as measure,
        cast(null as bigint) as record_count,
        cast(summed.amount as decimal(18, 4)) as amount,
        cast(summed.q2c_read_at as timestamp) as observed_at
    from summed
    cross join company
)

select * from final
