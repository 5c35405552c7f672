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

{#- Every column that they declare, by its name in the lake. -#}
{% macro declared_columns() %}
    {%- set found = graph.get('sources', {}).values() | selectattr('source_name', 'in', enabled_platforms()) | list if execute else [] -%}
    {%- set rows = [] -%}
    {%- for table in found | sort(attribute='unique_id') -%}
        {%- for column in table.columns -%}
            {%- do rows.append("('" ~ [table.source_name, table.name, column | lower] | join("', '") ~ "')") -%}
        {%- endfor -%}
    {%- endfor %}
    select cast(platform as string) as platform, cast(table_name as string) as table_name, cast(column_name as string) as column_name
    from (values {{ rows | join(', ') or '(null, null, null)' }}) as declared (platform, table_name, column_name)
{% endmacro %}
