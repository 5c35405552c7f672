with log as (
    select * from {{ ref('lake_quarantine') }}
),

final as (
    select
        platform,
        quarantine_id,
        table_name,
        native_key,
        reason,
        raw,
        min(quarantined_at) as quarantined_at
    from log
    group by platform, quarantine_id, table_name, native_key, reason, raw
    having not bool_or(is_released)
)

select * from final
