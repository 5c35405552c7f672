{{ config(materialized='watched', meta={'kept': 'table'}) }}

with referenced as (
    select * from {{ ref('referenced_customer') }}
),

assigned as (
    select * from {{ ref('identity_key') }}
),

assigned_keys as (
    select
        assigned.platform,
        assigned.native_id,
        assigned.method,
        assigned.score,
        coalesce(namesakes.customer_key, assigned.customer_key) as customer_key
    from assigned
    left join referenced as namesakes
        on
            assigned.customer_key = concat_ws(':', namesakes.platform, namesakes.native_id)
            and assigned.customer_key <> concat_ws(':', assigned.platform, assigned.native_id)
),

final as (
    select
        referenced.platform,
        referenced.native_id,
        coalesce(assigned_keys.customer_key, referenced.customer_key) as customer_key,
        coalesce(assigned_keys.method, referenced.method) as method,
        coalesce(assigned_keys.score, referenced.score) as score,
        referenced.crm_id
    from referenced
    left join assigned_keys
        on
            referenced.platform = assigned_keys.platform
            and referenced.native_id = assigned_keys.native_id
            and (referenced.method = 'none' or assigned_keys.method <> 'linked')
)

select * from final
