{#- What the other rules could not tell is theirs; this rule adds up its money. -#}
{%- set others = enabled_rules() | reject('equalto', 'platform_stale') | list -%}
with tables_read as (
    select * from {{ ref('lake_read') }}
),

freshness as (
    select * from {{ ref('table_freshness') }}
),

rules as (
    select * from {{ ref('rule') }}
),

systems as (
    select * from {{ ref('dim_system') }}
),

-- one clock for all: that of the machine, which logs every read
read_times as (
    select
        min(logged_at) as first_at,
        max(logged_at) as newest_at
    from tables_read
),

good as (
    select
        platform,
        table_name,
        max(logged_at) as logged_at
    from tables_read
    where status = 'ok'
    group by platform, table_name
),

-- a platform was read completely when the last of its tables was
complete as (
    select
        freshness.platform,
        case when count(good.logged_at) = count(*) then min(good.logged_at) end as read_at,
        min(case when not freshness.last_read_ok then freshness.table_name end) as failed_table,
        min(freshness.last_error) as error
    from freshness
    left join good on freshness.platform = good.platform and freshness.table_name = good.table_name
    group by freshness.platform
),

-- a platform that cannot be read is no witness of how far it was read
watch as (
    select
        complete.platform,
        read_times.newest_at as observed_through,
        true as last_read_ok
    from complete
    cross join read_times
),

companies as (
    select
        platform,
        case when count(distinct legal_entity) = 1 then min(legal_entity) end as legal_entity
    from systems
    group by platform
),

undecided as (
    {% for code in others %}
    select platform, deal_key, amount_at_risk as amount, currency
    from {{ ref('mismatch__' ~ code) }}
    where state = 'indeterminate'
    union all
    {% endfor %}
    select cast(null as string), cast(null as string), cast(null as decimal(18, 4)), cast(null as string)
    where false
),

deals as (
    select
        platform,
        count(distinct deal_key) as deal_count
    from undecided
    group by platform
),

at_risk as (
    {{ in_one_currency('undecided', ['platform']) }}
),

found as (
    select
        complete.platform as identity,
        complete.platform as source_platform,
        cast(null as string) as deal_key,
        companies.legal_entity,
        'platform' as entity,
        complete.platform,
        complete.platform as native_id,
        complete.platform as document_number,
        cast(null as string) as attribute,
        cast(null as string) as expected_value,
        cast(complete.read_at as string) as observed_value,
        coalesce(at_risk.amount, 0) as amount_at_risk,
        at_risk.currency,
        case
            when complete.read_at is null then 'never_read'
            when complete.failed_table is not null then 'read_failed'
            else 'not_read'
        end as cause,
        concat_ws(
            ' ', complete.platform,
            case when complete.read_at is null then 'was never read completely,' else 'was last read completely at' end,
            {{ dbt.date_trunc('second', 'complete.read_at') }} || ',',
            cast({{ dbt.datediff('coalesce(complete.read_at, read_times.first_at)', 'read_times.newest_at', 'hour') }} as string),
            'hours before the newest reading of any platform;',
            'the newest of ' || complete.failed_table || ' failed' || coalesce(' (' || complete.error || ')', '') || ';',
            cast(coalesce(deals.deal_count, 0) as string), 'deals cannot be judged there', at_risk.told
        ) as evidence,
        coalesce(complete.read_at, read_times.first_at) as due_at,
        cast(null as timestamp) as observed_version
    from complete
    cross join read_times
    inner join rules on rules.rule = 'platform_stale'
    left join companies on complete.platform = companies.platform
    left join deals on complete.platform = deals.platform
    left join at_risk on complete.platform = at_risk.platform
    where {{ is_due('coalesce(complete.read_at, read_times.first_at)', 'rules.sla_hours', 'read_times.newest_at') }}
),

final as (
    {{ judged('platform_stale', freshness='watch') }}
)

select * from final
