with tables as (
    select * from {{ ref('table_freshness') }}
),

final as (
    select
        platform,
        case when count(observed_through) = count(*) then min(observed_through) end as observed_through,
        bool_and(last_read_ok) as last_read_ok,
        max(last_read_at) as last_read_at
    from tables
    group by platform
)

select * from final
