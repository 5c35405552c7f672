with

balance as (
    select * from {{ ref('base_oracle_fusion__ledger_balance') }}
),

company as (
    select case when count(distinct legal_entity) = 1 then max(legal_entity) end as legal_entity
    from {{ ref('companies') }}
    where platform = 'oracle_fusion'
),

final as (
    select
        cast('oracle_fusion' as string) as platform,
        cast('ledger_balance' as string) as report,
        cast(coalesce({{ legal_entity_of('oracle_fusion', 'balance.ledger_name') }}, company.legal_entity) as string) as legal_entity,
        cast(upper(balance.currency) as string) as currency,
        cast(balance.start_date as date) as period_on,
        cast(balance.detail_account_combination as string) as measure,
        cast(null as bigint) as record_count,
        cast(balance.period_activity as decimal(18, 4)) as amount,
        cast({{ said_since('balance') }} as timestamp) as observed_at,
        balance.q2c_is_deleted as is_deleted
    from balance
    cross join company
)

select * from final
