with systems as (
    select * from {{ ref('systems') }}
),

freshness as (
    select * from {{ ref('platform_freshness') }}
),

final as (
    select
        systems.legal_entity,
        systems.role,
        systems.platform,
        freshness.observed_through,
        freshness.last_read_ok
    from systems
    inner join freshness on systems.platform = freshness.platform
)

select * from final
