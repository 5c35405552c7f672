{#- Every table that an enabled platform declares, as rows of platform and table_name. -#}
{% macro declared_tables() %}
    {%- set found = graph.sources.values() | selectattr('source_name', 'in', enabled_platforms()) | list if execute else [] -%}
    {%- for table in found | sort(attribute='unique_id') %}
    select cast('{{ table.source_name }}' as string) as platform, cast('{{ table.name }}' as string) as table_name
    {{- '\n    union all' if not loop.last }}
    {%- else %}
    select cast(null as string) as platform, cast(null as string) as table_name
    where false
    {%- endfor %}
{% endmacro %}
