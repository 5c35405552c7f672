with accounts as (
    select * from {{ ref('control_accounts') }}
),

balances as (
    select
        ledger.*,
        accounts.subledger,
        accounts.account_code as control_account,
        ledger.debit - ledger.credit as amount
    from {{ ref('fct_ledger_balance') }} as ledger
    inner join {{ ref('dim_system') }} as systems
        on ledger.platform = systems.platform and ledger.legal_entity = systems.legal_entity and systems.role = 'erp'
    inner join accounts on ledger.legal_entity = accounts.legal_entity and ledger.account_code = accounts.account_code
),

invoices as (
    select * from {{ ref('fct_invoice') }} where status in ('open', 'paid')
),

memos as (
    select * from {{ ref('fct_credit_memo') }} where status = 'issued'
),

deferring as (
    select platform, product_code from {{ ref('dim_product') }} where charge_type = 'recurring'
),

-- what makes up each subledger, debits above zero: open invoices less the cash and the credits that are not applied (a refund, a deposit's
-- application use them up); and what was billed for a time less what was credited and released of it
entries as (
    select 'receivables' as subledger, platform, legal_entity, currency, true as is_document, balance as amount from invoices
    union all
    select 'receivables', platform, legal_entity, currency, false, -balance from memos
    union all
    select 'receivables', platform, legal_entity, currency, false, -unapplied_amount from {{ ref('fct_payment') }}
    where status in ('succeeded', 'refunded')
    union all
    select 'deferred_revenue', invoices.platform, invoices.legal_entity, invoices.currency, true, -lines.amount
    from invoices
    inner join {{ ref('fct_invoice_line') }} as lines
        on invoices.platform = lines.platform and invoices.native_id = lines.invoice_native_id
    inner join deferring on lines.platform = deferring.platform and lines.product_code = deferring.product_code
    union all
    select 'deferred_revenue', memos.platform, memos.legal_entity, memos.currency, true, lines.amount
    from memos
    inner join {{ ref('fct_credit_memo_line') }} as lines
        on memos.platform = lines.platform and memos.native_id = lines.credit_memo_native_id
    inner join deferring on lines.platform = deferring.platform and lines.product_code = deferring.product_code
    union all
    select 'deferred_revenue', lines.platform, lines.legal_entity, lines.currency, false, lines.debit - lines.credit
    from {{ ref('fct_journal_line') }} as lines
    inner join accounts
        on
            lines.legal_entity = accounts.legal_entity
            and lines.account_code = accounts.account_code
            and accounts.subledger = 'deferred_revenue'
),

subledgers as (
    select
        subledger, platform, legal_entity, currency,
        sum(amount) as amount,
        sum(case when is_document then amount else 0 end) as document_amount,
        sum(case when is_document then 0 else amount end) as other_amount
    from entries
    group by subledger, platform, legal_entity, currency
),

-- of amounts in another currency than the books add up in nothing is known, nor while records wait in quarantine
unknown as (
    select distinct subledgers.subledger, subledgers.platform, subledgers.legal_entity
    from subledgers
    left join balances
        on
            subledgers.subledger = balances.subledger
            and subledgers.platform = balances.platform
            and subledgers.legal_entity = balances.legal_entity
            and subledgers.currency = balances.currency
    left join {{ ref('quarantined') }} as refused on subledgers.platform = refused.platform
    where balances.native_id is null or refused.platform is not null
),

first_read as (
    select freshness.platform, min(freshness.last_ok_read_at) as read_at
    from {{ ref('table_freshness') }} as freshness
    left join (select distinct platform, report from {{ ref('obs_control') }}) as reports
        on freshness.platform = reports.platform and freshness.table_name = reports.report
    where reports.report is null
    group by freshness.platform
),

compared as (
    select
        balances.*,
        coalesce(subledgers.amount, 0) as expected_amount,
        coalesce(subledgers.document_amount, 0) as document_amount, coalesce(subledgers.other_amount, 0) as other_amount,
        coalesce(balances.source_updated_at, first_read.read_at) as since,
        balances.source_updated_at > first_read.read_at as is_moving
    from balances
    inner join first_read on balances.platform = first_read.platform
    left join subledgers
        on
            balances.subledger = subledgers.subledger
            and balances.platform = subledgers.platform
            and balances.legal_entity = subledgers.legal_entity
            and balances.currency = subledgers.currency
    left join unknown
        on
            balances.subledger = unknown.subledger
            and balances.platform = unknown.platform
            and balances.legal_entity = unknown.legal_entity
    where unknown.platform is null
),

found as (
    select
        concat_ws(':', legal_entity, subledger, currency) as identity,
        platform as source_platform,
        concat_ws(':', platform, native_id) as deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        control_account as document_number,
        subledger as attribute,
        {{ plain_decimal('cast(expected_amount as decimal(18, 4))') }} as expected_value,
        {{ plain_decimal('amount') }} as observed_value,
        abs(amount - expected_amount) as amount_at_risk,
        currency,
        case subledger when 'receivables' then 'receivables_differ' else 'deferred_revenue_differs' end as cause,
        concat_ws(
            ' ', 'Account', control_account, 'of', legal_entity, 'in', platform, 'comes to', {{ readable_money('amount', 'currency') }},
            'but', case subledger when 'receivables' then 'the open invoices come to' else 'what was billed for a time, less what was credited of it, to' end,
            {{ readable_money('document_amount', 'currency') }}, 'and',
            case subledger when 'receivables' then 'the cash and credits that are not applied to' else 'what was released of it to' end,
            {{ readable_money('other_amount', 'currency') }}
        ) as evidence,
        -- what moved while the platform was read is told by the next read in which it keeps still, and what kept still at once
        case when is_moving then since else {{ dbt.dateadd('hour', -1, 'since') }} end as due_at,
        cast(null as timestamp) as observed_version
    from compared
    where amount <> expected_amount
),

final as (
    {{ judged('subledger_differs') }}
)

select * from final
