{#- A list of lake files as rows that have every declared column, also where a file, or all of them, lack it. -#}

{#- `columns`: [{name, data_type}]; `format`: parquet or json. Adds q2c_file, the file's name, and q2c_row, the row's place in it. -#}
{% macro read_files(files, columns, format='parquet') %}
    {{ return(adapter.dispatch('read_files', 'q2c')(files, columns, format)) }}
{% endmacro %}

{% macro duckdb__read_files(files, columns, format) %}
    (
        select
            {%- for column in columns %}
            cast({{ adapter.quote(column.name) }} as {{ column.data_type }}) as {{ adapter.quote(column.name) }},
            {%- endfor %}
            cast({{ name_of_file('filename') }} as string) as q2c_file,
            cast(file_row_number as bigint) as q2c_row
        from (
            select
                {%- for column in columns %}
                cast(null as {{ column.data_type }}) as {{ adapter.quote(column.name) }},
                {%- endfor %}
                cast(null as string) as filename,
                cast(null as bigint) as file_row_number
            where false
            {%- if files and format == 'parquet' %}
            union all by name
            select * from read_parquet({{ path_list(files) }}, union_by_name = true, filename = true, file_row_number = true)
            {%- elif files %}
            union all by name
            select *, cast(null as bigint) as file_row_number
            from read_json({{ path_list(files) }}, format = 'newline_delimited', union_by_name = true, filename = true)
            {%- endif %}
        )
    )
{% endmacro %}

{#- Paths as a SQL list of texts. -#}
{% macro path_list(files) %}
    {%- set quoted = [] -%}
    {%- for file in files -%}
        {%- do quoted.append(path_text(file)) -%}
    {%- endfor -%}
    {{ return('[' ~ quoted | join(', ') ~ ']') }}
{% endmacro %}

{#- A path as a SQL text. -#}
{% macro path_text(path) %}
    {{ return("'" ~ dbt.escape_single_quotes(path) ~ "'") }}
{% endmacro %}

{#- The last part of a path. -#}
{% macro name_of_file(path) %}
    {{ return(adapter.dispatch('name_of_file', 'q2c')(path)) }}
{% endmacro %}

{% macro duckdb__name_of_file(path) %}
    {{ return("regexp_replace(" ~ path ~ ", '^.*[/\\\\]', '')") }}
{% endmacro %}

{#- The load that wrote a data file, from its name: `<load id>.<file id>.parquet`. -#}
{% macro load_id_of_file(name) %}
    {{ return(adapter.dispatch('load_id_of_file', 'q2c')(name)) }}
{% endmacro %}

{% macro duckdb__load_id_of_file(name) %}
    {{ return("regexp_replace(" ~ name ~ ", '\\.[^.]+\\.parquet$', '')") }}
{% endmacro %}
