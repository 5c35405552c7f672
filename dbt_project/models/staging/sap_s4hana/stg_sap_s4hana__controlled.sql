-- items of a company code that the system was not asked for are not counted here either
with

item as (
    select * from {{ ref('base_sap_s4hana__journal_entry_item') }}
),

reported as (
    select distinct company_code from {{ ref('base_sap_s4hana__item_count') }}
),

counted as (
    select
        item.company_code,
        item.fiscal_year,
        count(*) as items,
        max(item.q2c_read_at) as q2c_read_at
    from item
    inner join reported on item.company_code = reported.company_code
    where not item.q2c_is_deleted
    group by item.company_code, item.fiscal_year
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
        cast(counted.q2c_read_at as timestamp) as observed_at
    from counted
)

select * from final
