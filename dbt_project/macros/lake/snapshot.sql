{#- A table that is kept in the lake as a whole, one file each time it has changed. -#}

{#- The rows of the newest file of a folder, in the model's declared columns; no rows while there is none. -#}
{% macro lake_snapshot(folder) %}
    {%- if execute -%}
        {%- set columns = model.columns.values() | list -%}
        select
            {%- for column in columns %}
            {{ adapter.quote(column.name) }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ read_files(lake_files(folder, '*.parquet')[-1:], columns) }} as newest
    {%- endif -%}
{% endmacro %}
