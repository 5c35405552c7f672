{#- A seed's rows, as dbt-duckdb loads them, also where an apostrophe is in the path. -#}

{% macro duckdb__load_csv_rows(model, agate_table) %}
    {%- set loading -%}
        copy {{ this.render() }} from {{ path_text(adapter.get_seed_file_path(model)) }} (format csv, header true)
    {%- endset -%}
    {%- do adapter.add_query(loading, abridge_sql_log=True) -%}
    {{ return(loading) }}
{% endmacro %}
