{#- Where the lake is and what lies in it. With read.sql the only macros that know the lake's layout. -#}

{#- The lake's root folder, without a trailing slash. -#}
{% macro lake_root() %}
    {{ return(env_var('Q2C_LAKE').replace('file://', '').rstrip('/')) }}
{% endmacro %}

{#- The first column of a query's answer, as a list. -#}
{% macro first_column(query) %}
    {{ return(run_query(query).columns[0].values() | list) }}
{% endmacro %}

{#- The files of one lake folder as a relation with the column `file`; none where the folder does not exist. -#}
{% macro lake_folder(folder, pattern) %}
    {{ return("glob(" ~ path_text([lake_root(), folder, pattern] | join('/')) ~ ")") }}
{% endmacro %}

{#- Their paths, sorted. -#}
{% macro lake_files(folder, pattern) %}
    {{ return(first_column('select file from ' ~ lake_folder(folder, pattern) ~ ' order by file')) }}
{% endmacro %}
