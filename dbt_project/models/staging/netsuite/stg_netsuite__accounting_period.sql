with

period as (
    select * from {{ ref('base_netsuite__accountingperiod') }}
    where not coalesce(isquarter, false) and not coalesce(isyear, false) and not coalesce(isadjust, false)
),

judged as (
    select
        *,
        coalesce(closed, false) or coalesce(alllocked, false) as is_closed
    from period
),

final as (
    select
        cast('netsuite' as string) as platform,
        cast('accounting_period' as string) as entity,
        cast(judged.id as string) as native_id,
        cast(judged.periodname as string) as document_number,
        cast(null as string) as legal_entity,
        cast(null as string) as currency,
        cast(case when judged.is_closed then 'closed' else 'open' end as string) as status,
        cast(null as timestamp) as created_at,
        cast(judged.q2c_version_at as timestamp) as source_updated_at,
        cast(judged.q2c_read_at as timestamp) as observed_at,
        judged.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('netsuite_url', 'https://system.netsuite.com') }}/app/setup/period/fiscalperiod.nl?id='
            || cast(judged.id as string) as string
        ) as source_url,
        cast(judged.startdate as date) as starts_on,
        cast(judged.enddate as date) as ends_on,
        judged.is_closed,
        judged.is_closed or coalesce(judged.arlocked, false) as is_receivables_closed
    from judged
)

select * from final
