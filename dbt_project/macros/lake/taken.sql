{#- Which loads a base model has taken: a list, never a watermark, since a load may commit after a younger one. -#}

{#- Before the run: the list exists. -#}
{% macro prepare_taken_loads() %}
    {%- if execute %}
        create schema if not exists staging;
        create table if not exists staging.taken_load (model_name varchar, load_id varchar);
    {%- endif %}
{% endmacro %}

{#- Before a base model is built anew: it has taken nothing. -#}
{% macro forget_taken_loads() %}
    {%- if execute and not grows() %}
        delete from staging.taken_load where model_name = '{{ this.name }}'
    {%- endif %}
{% endmacro %}

{#- With the rows, in one transaction: every load that brought a file is taken, if it was committed when this run began. -#}
{% macro remember_taken_loads(platform, table) %}
    {%- if execute %}
        insert into staging.taken_load
        select distinct '{{ this.name }}', load_id from ({{ files_to_take(platform, table, true) }}) as files
    {%- endif %}
{% endmacro %}

{#- The table's files of committed loads, each with its load; `adding`: without the loads already taken. -#}
{% macro files_to_take(platform, table, adding) %}
    select file, load_id
    from (select file, {{ load_id_of_file(name_of_file('file')) }} as load_id from {{ lake_folder(platform ~ '/' ~ table, '*.parquet') }})
    where load_id in (select load_id from {{ ref('lake_load') }} where platform = '{{ platform }}')
    {%- if adding %}
        and load_id not in (select load_id from staging.taken_load where model_name = '{{ this.name }}')
    {%- endif %}
{% endmacro %}
