{#- Which records changed since the last build: each is known by a digest of all its columns, whatever they were made of. -#}

{#- A view, or a table where `meta.kept` says so. -#}
{% materialization watched, adapter='duckdb' %}
    {%- set kept = config.get('meta', {}).get('kept', 'view') -%}
    {%- if kept == 'table' or not only_touched() -%}
        {%- do made(kept) -%}
    {%- endif -%}
    {{ watch() }}
    {{ return({'relations': [this.incorporate(type=kept)]}) }}
{% endmaterialization %}

{#- What was seen is remembered; in a build of what was touched, what differs from it lies in touched.changed_<model>: for each record that is
    new or has changed a row of its columns as they are now, and for each that is gone or has changed a row of nulls with the document it
    belonged to before; every row with `key_platform` and `key_native_id`. No digest is null: that it is said makes DuckDB expect fewer of
    them, and keep them, and not the whole records, in memory while it compares. -#}
{% macro watch() %}
    {%- set document = document_id(this.name.removeprefix('obs_')) -%}
    {%- set seen = 'staging.seen_' ~ this.name -%}
    {%- set changed = 'touched.changed_' ~ this.name -%}
    {%- if not only_touched() -%}
        {%- call statement('main') -%}
            create or replace table {{ seen }} as
            select platform, native_id, {{ document }} as document_id, hash(observed) as digest from {{ this }} as observed
        {%- endcall -%}
    {%- else -%}
        {%- call statement('main') -%}
            create or replace table {{ changed }} as
            with compared as (
                select told.*, seen.place as gone
                from (select *, hash(observed) as digest from {{ this }} as observed) as told
                full outer join (select digest, rowid as place from {{ seen }} where digest is not null) as seen on told.digest = seen.digest
                where told.digest is null or seen.digest is null
            )

            select
                coalesce(compared.platform, seen.platform) as key_platform,
                coalesce(compared.native_id, seen.native_id) as key_native_id,
                seen.document_id as document_before,
                compared.*
            from compared
            left join (select *, rowid as place from {{ seen }}) as seen on compared.gone = seen.place
        {%- endcall -%}
        {%- do adapter.commit() -%}
        {%- call statement('seen') -%}
            delete from {{ seen }} where rowid in (select gone from {{ changed }} where gone is not null);
            insert into {{ seen }} select platform, native_id, {{ document }}, digest from {{ changed }} where gone is null
        {%- endcall -%}
    {%- endif -%}
    {%- do adapter.commit() -%}
{% endmacro %}

{#- The touched documents' rows of every watched entity, for the models that are derived by deal. -#}
{% macro take_touched() %}
    {%- for entity, document in deal_entities().items() %}
        create or replace table touched.obs_{{ entity }} as
        select observed.*
        from {{ ref('obs_' ~ entity) }} as observed
        inner join touched.touched_document as documents
            on observed.platform = documents.platform and {{ document_id(entity, 'observed') }} = documents.native_id
        where documents.entity = '{{ document }}';
    {%- endfor %}
{% endmacro %}
