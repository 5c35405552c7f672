{{ config(materialized='view') }}

{#- Every record as it lies in the lake, by the native id that its staging gives it. -#}
with final as (
    {{ no_rows() }}
    {%- for platform in enabled_platforms() %}
    {%- set kind = var('kinds', {}).get(platform, platform) -%}
    {%- for keyed, entity, table, native_id in record_keys() if keyed == kind %}
    union all
    select
        cast('{{ platform }}' as string) as platform,
        cast('{{ entity }}' as string) as entity,
        cast({{ native_id }} as string) as native_id,
        cast('{{ table }}' as string) as lake_table,
        cast(q2c_load_id as string) as load_id,
        cast(q2c_version_at as timestamp) as version_at,
        cast(q2c_read_at as timestamp) as read_at
    from {{ ref('base_' ~ platform ~ '__' ~ table) }}
    {%- endfor %}
    {%- endfor %}
)

select * from final
