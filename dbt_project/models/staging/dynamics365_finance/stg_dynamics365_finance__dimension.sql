with

dimension_value as (
    select * from {{ ref('base_dynamics365_finance__dimension_value') }}
),

final as (
    select
        cast('dynamics365_finance' as string) as platform,
        cast('dimension' as string) as entity,
        cast(concat_ws('/', dimension_value.financial_dimension, dimension_value.legal_entity_id, dimension_value.dimension_value) as string) as native_id,
        cast(dimension_value.dimension_value as string) as document_number,
        cast({{ legal_entity_of('dynamics365_finance', 'lower(dimension_value.legal_entity_id)') }} as string) as legal_entity,
        cast(null as string) as currency,
        cast(case when dimension_value.is_suspended = 'Yes' then 'inactive' else 'active' end as string) as status,
        cast(null as timestamp) as created_at,
        cast(dimension_value.q2c_version_at as timestamp) as source_updated_at,
        cast(dimension_value.q2c_read_at as timestamp) as observed_at,
        dimension_value.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('dynamics365_finance_url', 'https://www.office.com/launch/dynamics365') }}/?mi=DimensionValueDetails' as string
        ) as source_url,
        cast(lower(dimension_value.financial_dimension) as string) as kind,
        cast(dimension_value.dimension_value as string) as code,
        coalesce(dimension_value.is_suspended, 'No') <> 'Yes' as is_active
    from dimension_value
)

select * from final
