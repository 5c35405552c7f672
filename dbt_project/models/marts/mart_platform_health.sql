with freshness as (
    select * from {{ ref('table_freshness') }}
),

-- one clock for all: that of the machine, which logs every read
newest as (
    select max(logged_at) as logged_at from {{ ref('lake_read') }}
),

quarantined as (
    select
        platform,
        table_name,
        count(*) as quarantined_count
    from {{ ref('quarantined') }}
    group by platform, table_name
),

read_rows as (
    select
        platform,
        table_name,
        sum(row_count) as row_count,
        sum(missing_count) as missing_count,
        sum(gone_count) as gone_count,
        max(logged_at) as logged_at
    from {{ ref('lake_read') }}
    where status = 'ok'
    group by platform, table_name
),

-- as the newest read that brought anything says; one that brought nothing says nothing of columns
undeclared as (
    select
        platform,
        table_name,
        nullif(new_columns, '') as new_columns,
        row_number() over (
            partition by platform, table_name
            order by logged_at desc, file_name desc
        ) as newness
    from {{ ref('lake_read') }}
    where status = 'ok' and (row_count > 0 or new_columns <> '')
),

final as (
    select
        freshness.platform,
        freshness.table_name,
        freshness.last_ok_read_at,
        freshness.observed_through,
        cast(
            {{ dbt.datediff('read_rows.logged_at', 'newest.logged_at', 'minute') }} / 60.0 as decimal(18, 4)
        ) as lag_hours,
        freshness.last_read_ok,
        cast(coalesce(freshness.last_row_count, 0) as bigint) as last_row_count,
        cast(coalesce(read_rows.row_count, 0) as bigint) as row_count,
        cast(coalesce(quarantined.quarantined_count, 0) as bigint) as quarantined_count,
        undeclared.new_columns,
        freshness.last_error,
        freshness.last_swept_at,
        freshness.missing_count,
        freshness.gone_count,
        cast(coalesce(read_rows.missing_count, 0) as bigint) as missing_count_in_all,
        cast(coalesce(read_rows.gone_count, 0) as bigint) as gone_count_in_all
    from freshness
    cross join newest
    left join read_rows on freshness.platform = read_rows.platform and freshness.table_name = read_rows.table_name
    left join quarantined on freshness.platform = quarantined.platform and freshness.table_name = quarantined.table_name
    left join undeclared
        on freshness.platform = undeclared.platform and freshness.table_name = undeclared.table_name and undeclared.newness = 1
)

select * from final
