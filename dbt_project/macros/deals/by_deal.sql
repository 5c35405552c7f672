{#- Deriving the deals that were touched, and no others.

A model that says `by_deal()` is derived deal by deal: it has a column deal_key, and no row of a deal depends on rows of another deal that
does not share a reference with it (`references_of`). `dbt build` makes such a model whole. Where the last build stands and only news is
to be taken in (`Q2C_BUILD=touched`), the same SQL is run over the rows of the touched deals, and its result takes the place of their
old rows. What is derived for this build alone lies in the database `touched`, in memory. -#}

{% macro by_deal(kept='table') %}
    {{- config(materialized='by_deal', pre_hook="{%- do ref('touched_document') -%}") -}}
    {%- if kept == 'view' -%}{{- config(meta={'kept': kept}) -}}{%- endif -%}
{% endmacro %}

{#- Before the run, whoever started it: no build stands until `warehouse.py` says that one has come to its end. -#}
{% macro take_back_what_stands() %}
    {%- if execute %}
        create or replace view staging.defined as select '' as digest
    {%- endif %}
{% endmacro %}

{#- Whether this build derives only what was touched since the last one. -#}
{% macro only_touched() %}
    {{ return(env_var('Q2C_BUILD', 'whole') == 'touched') }}
{% endmacro %}

{% materialization by_deal, adapter='duckdb' %}
    {%- set kept = config.get('meta', {}).get('kept', 'table') -%}
    {%- if not only_touched() -%}
        {{ return(made(kept)) }}
    {%- endif -%}
    {{ make_passing(of_touched(compiled_code)) }}
    {%- if kept == 'table' %}
        {%- call statement('replaced') -%}
            delete from {{ this }} where deal_key in (select deal_key from touched.touched_deal);
            insert into {{ this }} by name select * from touched.{{ this.name }}
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
    {{ return({'relations': [this]}) }}
{% endmaterialization %}

{#- A table that lives as long as the build, and that only a build of what was touched needs. -#}
{% materialization passing, adapter='duckdb' %}
    {%- if only_touched() -%}
        {{ make_passing(compiled_code) }}
        {{ run_hooks(post_hooks) }}
    {%- else -%}
        {%- call statement('main') -%} select 1 {%- endcall -%}
    {%- endif -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': []}) }}
{% endmaterialization %}

{#- In a transaction of its own, since a transaction writes to one database only. -#}
{% macro make_passing(sql) %}
    {%- call statement('main') -%}
        create or replace table touched.{{ this.name }} as {{ sql }}
    {%- endcall -%}
    {%- do adapter.commit() -%}
{% endmacro %}

{#- The same SQL, reading of what is derived by deal, and of what is watched, the touched rows alone. -#}
{% macro of_touched(sql) %}
    {%- set said = namespace(sql=sql) -%}
    {%- for parent in graph.nodes.values() if parent.unique_id in model.depends_on.nodes and is_touched(parent) -%}
        {%- set whole = api.Relation.create(database=parent.database, schema=parent.schema, identifier=parent.alias) -%}
        {%- set said.sql = said.sql | replace(whole | string, 'touched.' ~ parent.alias) -%}
    {%- endfor -%}
    {{ return(said.sql) }}
{% endmacro %}

{#- Whether a model has a touched part: what is derived by deal, and what the platforms say of it. -#}
{% macro is_touched(node) %}
    {{ return(node.config.materialized == 'by_deal' or (node.config.materialized == 'watched' and node.name.removeprefix('obs_') in deal_entities())) }}
{% endmacro %}
