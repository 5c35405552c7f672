with log as (
    select
        *,
        max(case when is_released then quarantined_at end) over (partition by platform, quarantine_id) as released_at
    from {{ ref('lake_quarantine') }}
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
    where not is_released and (released_at is null or quarantined_at > released_at)
    group by platform, quarantine_id, table_name, native_key, reason, raw
)

select * from final
