{{ config(materialized='view') }}

with log as (
    select * from {{ ref('business_event_log') }}
),

final as (
    select
        position,
        batch,
        event_id,
        version,
        is_withdrawn,
        event_type,
        schema_version,
        deal_key,
        legal_entity,
        platform,
        entity,
        native_id,
        document_number,
        amount,
        currency,
        occurred_at,
        recorded_at,
        known_from,
        lead(known_from) over (
            partition by event_id
            order by position
        ) as known_to
    from log
)

select * from final
