{#- How tables and views are made: in one statement each, where dbt itself makes them under a second name, renames twice and drops. A
    transaction keeps what stands until what replaces it is there; and each renaming costs dbt as much time as a small model. -#}

{% materialization table, adapter='duckdb' %}
    {{ return(made('table')) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(made('view')) }}
{% endmaterialization %}

{#- This model, as a table or as a view, in the place of what has its name. -#}
{% macro made(kind) %}
    {%- set before = load_cached_relation(this) -%}
    {%- set create = create_view_as(this, compiled_code) if kind == 'view' else create_table_as(False, this, compiled_code) -%}
    {{ run_hooks(pre_hooks) }}
    {%- call statement('main') -%}
        {%- if before %} drop {{ before.type }} if exists {{ this }}; {% endif -%}
        {{ create }}
        {%- if config.get('materialized') == 'grown' %}; comment on table {{ this }} is '{{ definition_of_model() }}' {%- endif %}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [this.incorporate(type=kind)]}) }}
{% endmacro %}

{#- A table that new rows are put into: each in the place of the row with its `unique_key`, where the model has one. Made anew where it
    was made by another definition. -#}
{% materialization grown, adapter='duckdb' %}
    {%- if not grows() -%}
        {{ return(made('table')) }}
    {%- endif -%}
    {%- set new = this.name ~ '__new' -%}
    {%- set key = key_of_model() -%}
    {{ run_hooks(pre_hooks) }}
    {%- call statement('main') -%}
        create or replace temporary table {{ new }} as {{ compiled_code }};
        {%- if key %}
        delete from {{ this }} where ({{ key }}) in (select ({{ key }}) from {{ new }});
        {%- endif %}
        insert into {{ this }} by name select * from {{ new }};
        drop table {{ new }}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [this]}) }}
{% endmaterialization %}

{#- Whether this model's table stands, made as it is defined now: where the last build's definitions hold, it was. -#}
{% macro grows() %}
    {{ return(execute and load_cached_relation(this) is not none and (only_touched() or made_by() == definition_of_model())) }}
{% endmacro %}

{#- By which definition this model's table was made; it is kept as its comment. -#}
{% macro made_by() %}
    {%- set kept = first_column(
        "select comment from duckdb_tables() where database_name = '" ~ this.database ~ "' and schema_name = '" ~ this.schema
        ~ "' and table_name = '" ~ this.identifier ~ "'"
    ) -%}
    {{ return(kept | first) }}
{% endmacro %}

{#- What makes this model's rows what they are: its columns, its key, its cursor, its SQL, and the macros that read the lake. -#}
{% macro definition_of_model() %}
    {%- set columns = [] -%}
    {%- for column in model.columns.values() -%}{%- do columns.append([column.name, column.data_type]) -%}{%- endfor -%}
    {%- set meta = config.get('meta') or {} -%}
    {{ return(local_md5(tojson([columns, key_of_model(), meta.get('cursor'), model.raw_code, env_var('Q2C_READING', '')]))) }}
{% endmacro %}

{#- The columns that a record is known by, quoted; empty where the model names none. -#}
{% macro key_of_model() %}
    {%- set key = config.get('unique_key') or [] -%}
    {{ return(quoted([key] if key is string else key) | join(', ')) }}
{% endmacro %}

{#- A model's contract is held against its SQL when either is new; where the last build's definitions hold, it was. -#}
{% macro duckdb__get_assert_columns_equivalent(sql) %}
    {%- if not only_touched() -%}
        {{ return(assert_columns_equivalent(sql)) }}
    {%- endif -%}
{% endmacro %}
