with

fiscal_period as (
    select * from {{ ref('base_dynamics365_finance__fiscal_period') }}
    where type = 'Operating' and not q2c_is_deleted
),

ledger_fiscal_period as (
    select * from {{ ref('base_dynamics365_finance__ledger_fiscal_period') }}
),

final as (
    select
        cast('dynamics365_finance' as string) as platform,
        cast('accounting_period' as string) as entity,
        cast(concat_ws('/', ledger.ledger_name, ledger.calendar, ledger.year_name, ledger.period_name) as string) as native_id,
        cast(concat_ws(' ', ledger.period_name, ledger.year_name) as string) as document_number,
        cast({{ legal_entity_of('dynamics365_finance', 'lower(ledger.legal_entity_id)') }} as string) as legal_entity,
        cast(null as string) as currency,
        cast(case when ledger.period_status = 'Open' then 'open' else 'closed' end as string) as status,
        cast(null as timestamp) as created_at,
        cast(ledger.q2c_version_at as timestamp) as source_updated_at,
        cast(ledger.q2c_read_at as timestamp) as observed_at,
        ledger.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('dynamics365_finance_url', 'https://www.office.com/launch/dynamics365') }}/?cmp='
            || ledger.legal_entity_id || '&mi=LedgerFiscalCalendarPeriod' as string
        ) as source_url,
        cast(fiscal_period.start_date as date) as starts_on,
        cast(fiscal_period.end_date as date) as ends_on,
        coalesce(ledger.period_status, '') <> 'Open' as is_closed,
        coalesce(ledger.period_status, '') <> 'Open' as is_receivables_closed
    from ledger_fiscal_period as ledger
    inner join fiscal_period
        on
            ledger.calendar = fiscal_period.calendar
            and ledger.year_name = fiscal_period.fiscal_year
            and ledger.period_name = fiscal_period.period_name
)

select * from final
