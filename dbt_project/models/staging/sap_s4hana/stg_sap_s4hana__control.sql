with

counted as (
    select * from {{ ref('base_sap_s4hana__item_count') }}
),

final as (
    select
        cast('sap_s4hana' as string) as platform,
        cast('item_count' as string) as report,
        cast({{ legal_entity_of('sap_s4hana', 'counted.company_code') }} as string) as legal_entity,
        cast(null as string) as currency,
        try_cast(counted.fiscal_year || '-01-01' as date) as period_on,
        cast('accounting items' as string) as measure,
        cast(counted.items as bigint) as record_count,
        cast(null as decimal(18, 4)) as amount,
        cast({{ said_since('counted') }} as timestamp) as observed_at,
        counted.q2c_is_deleted as is_deleted
    from counted
)

select * from final
