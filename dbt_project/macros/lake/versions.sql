{#- Every version of a lake table's records that was read, each with the time it came to be: for what the platform does not date itself.

Versions are only added, so taking the loads one by one ends in the same rows as taking them all at once. A deletion is no version.
Columns and cursor are declared in the model's YAML. -#}

{% macro versions(platform, table) %}
    {{- config(
        materialized='grown',
        pre_hook="{{ forget_taken_loads() }}",
        post_hook="{{ remember_taken_loads('" ~ platform ~ "', '" ~ table ~ "') }}",
    ) -}}
    {%- do source(platform, table) -%}
    {%- do ref('lake_load') -%}
    {%- if execute -%}
        {%- set columns = model.columns.values() | rejectattr('name', 'in', bookkeeping_columns()) | list -%}
        {%- set cursor = {'name': config.get('meta').cursor, 'data_type': 'timestamp'} -%}
        {%- set own = [{'name': 'q2c_is_deleted', 'data_type': 'boolean'}, {'name': 'q2c_read_at', 'data_type': 'timestamp'}] -%}
        select
            {{ quoted(columns | map(attribute='name')) | join(', ') }},
            cast({{ load_id_of_file('q2c_file') }} as string) as q2c_load_id,
            cast({{ happened_at(adapter.quote(cursor.name)) }} as timestamp) as q2c_version_at
        from {{ read_files(new_data_files(platform, table, grows()), columns + [cursor] + own) }} as lake
        where not q2c_is_deleted
    {%- endif -%}
{% endmacro %}
