with declared as (
    {{ declared_tables() }}
),

tables_read as (
    select * from {{ ref('lake_read') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by platform, table_name
            order by logged_at desc, file_name desc
        ) as newness,
        row_number() over (
            partition by platform, table_name, status
            order by logged_at desc, file_name desc
        ) as newness_in_status,
        row_number() over (
            partition by platform, table_name, status, is_sweep
            order by logged_at desc, file_name desc
        ) as newness_in_kind
    from tables_read
),

summed as (
    select
        platform,
        table_name,
        max(case when status = 'ok' then observed_through end) as observed_through,
        max(read_started_at) as last_read_at,
        max(case when status = 'ok' then read_started_at end) as last_ok_read_at,
        max(case when newness = 1 then status end) as last_status,
        max(case when status = 'ok' and newness_in_status = 1 then row_count end) as last_row_count,
        max(case when newness = 1 then nullif(error, '') end) as last_error
    from ranked
    group by platform, table_name
),

swept as (
    select
        platform,
        table_name,
        read_started_at as last_swept_at,
        missing_count,
        gone_count
    from ranked
    where is_sweep and status = 'ok' and newness_in_kind = 1
),

final as (
    select
        declared.platform,
        declared.table_name,
        summed.observed_through,
        summed.last_read_at,
        summed.last_ok_read_at,
        coalesce(summed.last_status = 'ok', false) as last_read_ok,
        summed.last_row_count,
        summed.last_error,
        swept.last_swept_at,
        swept.missing_count,
        swept.gone_count
    from declared
    left join summed
        on declared.platform = summed.platform and declared.table_name = summed.table_name
    left join swept
        on declared.platform = swept.platform and declared.table_name = swept.table_name
)

select * from final
