-- a report is asked before a platform's tables and again after them: what it says since before the first of them was read, and still
-- said when the last one had been, was true of all that was read between
with

control as (
    select * from {{ ref('obs_control') }}
),

controlled as (
    select * from {{ ref('obs_controlled') }}
),

freshness as (
    select * from {{ ref('table_freshness') }}
),

report as (
    select platform, report from control
    union
    select platform, report from controlled
),

refused as (
    select platform, count(*) as records
    from {{ ref('quarantined') }}
    group by platform
),

said as (
    select
        platform, report, legal_entity, currency, period_on, measure,
        sum(case when is_deleted then 0 else record_count end) as record_count,
        sum(case when is_deleted then 0 else amount end) as amount,
        max(observed_at) as said_since
    from control
    group by platform, report, legal_entity, currency, period_on, measure
),

held as (
    select
        platform, report, legal_entity, currency, period_on, measure,
        sum(record_count) as record_count,
        sum(amount) as amount
    from controlled
    group by platform, report, legal_entity, currency, period_on, measure
),

table_read as (
    select
        freshness.platform,
        min(freshness.last_ok_read_at) as first_read_at,
        max(freshness.last_ok_read_at) as last_read_at,
        bool_and(freshness.last_read_ok) as is_read
    from freshness
    left join report on freshness.platform = report.platform and freshness.table_name = report.report
    where report.report is null
    group by freshness.platform
),

compared as (
    select
        coalesce(said.platform, held.platform) as platform,
        coalesce(said.report, held.report) as report,
        coalesce(said.legal_entity, held.legal_entity) as legal_entity,
        coalesce(said.currency, held.currency) as currency,
        coalesce(said.period_on, held.period_on) as period_on,
        coalesce(said.measure, held.measure) as measure,
        coalesce(said.record_count, 0) as reported_count,
        coalesce(held.record_count, 0) as loaded_count,
        coalesce(said.amount, 0) as reported_amount,
        coalesce(held.amount, 0) as loaded_amount,
        said.said_since
    from said
    full outer join held
        on
            said.platform = held.platform and said.report = held.report
            and said.legal_entity is not distinct from held.legal_entity
            and said.currency is not distinct from held.currency
            and said.period_on is not distinct from held.period_on
            and said.measure is not distinct from held.measure
),

final as (
    select
        cast(compared.platform as string) as platform,
        cast(compared.report as string) as report,
        cast(compared.legal_entity as string) as legal_entity,
        cast(compared.currency as string) as currency,
        cast(compared.period_on as date) as period_on,
        cast(compared.measure as string) as measure,
        cast(compared.reported_count as bigint) as reported_count,
        cast(compared.loaded_count as bigint) as loaded_count,
        cast(compared.loaded_count - compared.reported_count as bigint) as count_difference,
        cast(compared.reported_amount as decimal(18, 4)) as reported_amount,
        cast(compared.loaded_amount as decimal(18, 4)) as loaded_amount,
        cast(compared.loaded_amount - compared.reported_amount as decimal(18, 4)) as amount_difference,
        cast(case
            when compared.reported_count = compared.loaded_count and compared.reported_amount = compared.loaded_amount then 'agrees'
            when not (asked.last_read_ok and table_read.is_read and asked.last_ok_read_at >= table_read.last_read_at) then 'unread'
            when compared.said_since > table_read.first_read_at then 'moving'
            when compared.reported_count - compared.loaded_count between 0 and refused.records then 'refused'
            else 'differs'
        end as string) as state,
        cast(compared.said_since as timestamp) as said_since,
        cast(asked.last_ok_read_at as timestamp) as observed_at
    from compared
    inner join freshness as asked on compared.platform = asked.platform and compared.report = asked.table_name
    inner join table_read on compared.platform = table_read.platform
    left join refused on compared.platform = refused.platform
)

select * from final
