{#- A log that every platform keeps in the lake (loads, reads, quarantine), taken file by file, each file once. -#}

{#- The rows of the log files that this model has not taken yet, in the model's declared columns; `<platform>` stands for each in turn. -#}
{% macro lake_log(folder, pattern, format='parquet') %}
    {{- config(materialized='grown') -}}
    {%- if execute -%}
        {%- set columns = model.columns.values() | rejectattr('name', 'in', ['platform', 'file_name']) | list -%}
        {%- for platform in enabled_platforms() or [none] %}
            {{ 'union all' if not loop.first }}
            select
                cast({{ "'" ~ platform ~ "'" if platform else 'null' }} as string) as platform,
                {%- for column in columns %}
                {{ column.name }},
                {%- endfor %}
                q2c_file as file_name
            from {{ read_files(new_log_files(platform, folder, pattern) if platform else [], columns, format) }} as log_{{ loop.index }}
        {%- endfor %}
    {%- endif -%}
{% endmacro %}

{#- Of a platform's log files those that this model does not hold. -#}
{% macro new_log_files(platform, folder, pattern) %}
    {%- set there = "select file from " ~ lake_folder(folder.replace('<platform>', platform), pattern) -%}
    {%- set held = "select file_name from " ~ this ~ " where platform = '" ~ platform ~ "'" -%}
    {%- set new = " where " ~ name_of_file('file') ~ " not in (" ~ held ~ ")" if grows() else "" -%}
    {{ return(first_column(there ~ new ~ ' order by file')) }}
{% endmacro %}
