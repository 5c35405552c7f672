{#- The latest version of every record of a lake table: what a base model is.

A record is known by its newest live version and its newest deletion, whichever order their loads came in; so taking the loads one by
one ends in the same rows as taking them all at once. A deleted record keeps the values it had.
No version is younger than the read that brought it: a stamp in the future does not keep out what is read later, and of a local hour
that the clock shows twice the version read later wins.
Key, cursor and columns are declared in the model's YAML, generated from the platform's declaration. -#}

{% macro latest(platform, table) %}
    {{- config(
        materialized='grown',
        pre_hook="{{ forget_taken_loads() }}",
        post_hook="{{ remember_taken_loads('" ~ platform ~ "', '" ~ table ~ "') }}",
    ) -}}
    {%- do source(platform, table) -%}
    {%- do ref('lake_load') -%}
    {%- if execute -%}
        {%- set columns = model.columns.values() | rejectattr('name', 'in', bookkeeping_columns()) | list -%}
        {%- set adding = grows() -%}
        {{ newest_versions(new_data_files(platform, table, adding), columns, adding) }}
    {%- endif -%}
{% endmacro %}

{% macro bookkeeping_columns() %}
    {{ return(['q2c_is_deleted', 'q2c_read_at', 'q2c_load_id', 'q2c_version_at', 'q2c_deleted_at']) }}
{% endmacro %}

{#- The paths of the files that the model is to take now. -#}
{% macro new_data_files(platform, table, adding) %}
    {{ return(first_column(files_to_take(platform, table, adding) ~ ' order by file')) }}
{% endmacro %}

{% macro newest_versions(files, columns, adding) %}
    {%- set names = columns | map(attribute='name') | map('lower') | list -%}
    {%- set kept = quoted(names) | join(', ') -%}
    {%- set key = key_of_model() -%}
    {%- set cursor = config.get('meta', {}).get('cursor') -%}
    {%- set stamp = adapter.quote(cursor) if cursor else 'q2c_read_at' -%}
    {%- set happened = happened_at(stamp) -%}
    {%- set own = [{'name': 'q2c_is_deleted', 'data_type': 'boolean'}, {'name': 'q2c_read_at', 'data_type': 'timestamp'}] -%}
    with read_now as (
        select * from {{ read_files(files, columns + own) }} as lake
    ),

    versions as (
        select
            {{ kept }},
            q2c_read_at,
            cast({{ load_id_of_file('q2c_file') }} as string) as q2c_load_id,
            cast(case when not q2c_is_deleted then {{ happened }} end as timestamp) as q2c_version_at,
            cast(case when q2c_is_deleted then {{ happened }} end as timestamp) as q2c_deleted_at,
            q2c_file,
            q2c_row
        from read_now
        {%- if adding %}
        union all
        select {{ kept }}, q2c_read_at, q2c_load_id, q2c_version_at, q2c_deleted_at, null as q2c_file, null as q2c_row
        from {{ this }}
        where ({{ key }}) in (select ({{ key }}) from read_now)
        {%- endif %}
    ),

    ranked as (
        select
            *,
            max(q2c_deleted_at) over (partition by {{ key }}) as last_deleted_at,
            max(q2c_read_at) over (partition by {{ key }}) as last_read_at,
            row_number() over (
                partition by {{ key }}
                order by
                    q2c_version_at desc nulls last, q2c_load_id desc, {{ stamp }} desc nulls last, q2c_file desc nulls last, q2c_row desc nulls last
            ) as newness
        from versions
    )

    select
        {{ kept }},
        coalesce(last_deleted_at >= q2c_version_at, last_deleted_at is not null) as q2c_is_deleted,
        last_read_at as q2c_read_at,
        q2c_load_id,
        q2c_version_at,
        last_deleted_at as q2c_deleted_at
    from ranked
    where newness = 1
{% endmacro %}

{#- When a version of a record came to be: by its stamp, though never after it was read. -#}
{% macro happened_at(stamp) %}
    {{ return("coalesce(least(" ~ stamp ~ ", q2c_read_at), timestamp '1970-01-01 00:00:00')") }}
{% endmacro %}

{% macro quoted(names) %}
    {%- set result = [] -%}
    {%- for name in names -%}{%- do result.append(adapter.quote(name)) -%}{%- endfor -%}
    {{ return(result) }}
{% endmacro %}
