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

{#- What differs from the last build lies, in a build of what was touched, in touched.changed_<model>: for each record that is new or has
    changed a row of its columns as they are now, and for each that is gone or has changed a row of nulls with the document it belonged to
    before; every row with `key_platform` and `key_native_id`. What the last build saw is known by the digests in its facts; those of deleted
    records, which are in no fact, and of what has no facts are kept in staging.seen_<model>. No digest is null: that it is said makes DuckDB
    expect fewer of them, and keep them, and not the whole records, in memory while it compares. -#}
{% macro watch() %}
    {%- set entity = this.name.removeprefix('obs_') -%}
    {%- set document = document_id(entity) -%}
    {%- set has_fact = entity in deal_entities() -%}
    {%- set seen = 'staging.seen_' ~ this.name -%}
    {%- set changed = 'touched.changed_' ~ this.name -%}
    {%- if not only_touched() -%}
        {%- call statement('seen') -%}
            create or replace table {{ seen }} as
            select platform, native_id, {{ document }} as document_id, {{ digest_of('observed') }} as digest
            from {{ this }} as observed
            {{ 'where is_deleted' if has_fact }}
        {%- endcall -%}
    {%- else -%}
        {%- call statement('main') -%}
            create or replace table {{ changed }} as
            with before as not materialized (
                select platform, native_id, document_id, digest from {{ seen }}
                {%- if has_fact %}
                union all
                select platform, native_id, {{ document }}, digest from canonical.fct_{{ entity }}
                {%- endif %}
            ),

            compared as (
                select told.*, before.digest as gone
                from (select *, {{ digest_of('observed') }} as digest from {{ this }} as observed) as told
                full outer join (select digest from before where digest is not null) as before on told.digest = before.digest
                where told.digest is null or before.digest is null
            )

            select
                coalesce(compared.platform, before.platform) as key_platform,
                coalesce(compared.native_id, before.native_id) as key_native_id,
                before.document_id as document_before,
                compared.*
            from compared
            left join before on compared.gone = before.digest
        {%- endcall -%}
        {%- do adapter.commit() -%}
        {%- call statement('seen') -%}
            delete from {{ seen }} where digest in (select gone from {{ changed }});
            insert into {{ seen }} select platform, native_id, {{ document }}, digest from {{ changed }}
            where gone is null {{ 'and is_deleted' if has_fact }}
        {%- endcall -%}
    {%- endif -%}
    {%- do adapter.commit() -%}
{% endmacro %}

{#- A number for all that a row says: equal for equal rows, and else as good as never. -#}
{% macro digest_of(row) -%}
    {{ return(adapter.dispatch('digest_of', 'q2c')(row)) }}
{%- endmacro %}

{% macro duckdb__digest_of(row) -%}
    {{ return('cast(hash(' ~ row ~ ') >> 1 as bigint)') }}
{%- endmacro %}

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
