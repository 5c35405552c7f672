{#- Which platforms take part. -#}

{#- The platforms in force, as they are listed. -#}
{% macro enabled_platforms() %}
    {{ return(var('enabled_platforms')) }}
{% endmacro %}

{#- The rules in force, as they are listed. -#}
{% macro enabled_rules() %}
    {{ return(var('enabled_rules')) }}
{% endmacro %}

{#- Whether a platform is enabled and has this entity staged. -#}
{% macro has_entity(platform, entity) %}
    {%- set kind = var('kinds', {}).get(platform, platform) -%}
    {{ return(platform in enabled_platforms() and kind in staged_platforms().get(entity, [])) }}
{% endmacro %}

{#- The enabled platforms that have this entity staged, as a SQL list of texts; one that has not is expected to hold none. -#}
{% macro platforms_with(entity) %}
    {%- set named = [] -%}
    {%- for platform in enabled_platforms() if has_entity(platform, entity) -%}{%- do named.append("'" ~ platform ~ "'") -%}{%- endfor -%}
    {{ return('(' ~ (named | join(', ') or "''") ~ ')') }}
{% endmacro %}

{#- What the enabled platforms' staging declares to be known to them of no record, `is_unknown` on the column, as a SQL list of
    platform.entity.attribute. -#}
{% macro unknown_attributes() %}
    {%- set named = [] -%}
    {%- for node in (graph.nodes.values() if execute else []) if node.name.startswith('stg_') -%}
        {%- set platform, entity = node.name[4:].split('__') -%}
        {%- for column in node.columns.values() if platform in enabled_platforms() and column.config.meta.is_unknown -%}
            {%- do named.append("'" ~ [platform, entity, column.name] | join('.') ~ "'") -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return('(' ~ (named | join(', ') or "''") ~ ')') }}
{% endmacro %}

{#- The enabled platforms that can be told this, a command or an `entity.attribute` that UpdateField sets, as a SQL list of texts. -#}
{% macro platforms_obeying(told) %}
    {{ return('(' ~ (enabled_obeying(told) | join(', ') or "''") ~ ')') }}
{% endmacro %}

{#- What UpdateField sets on the enabled platforms, as a SQL list of platform.entity.attribute. -#}
{% macro written_attributes() %}
    {%- set named = [] -%}
    {%- for told in written_platforms() if '.' in told -%}
        {%- for platform in enabled_obeying(told) -%}{%- do named.append(platform[:-1] ~ '.' ~ told ~ "'") -%}{%- endfor -%}
    {%- endfor -%}
    {{ return('(' ~ (named | join(', ') or "''") ~ ')') }}
{% endmacro %}

{% macro enabled_obeying(told) %}
    {%- set named = [] -%}
    {%- for platform in enabled_platforms() if var('kinds', {}).get(platform, platform) in written_platforms().get(told, []) -%}
        {%- do named.append("'" ~ platform ~ "'") -%}
    {%- endfor -%}
    {{ return(named) }}
{% endmacro %}

{#- What the enabled platforms say of an entity, in the model's declared columns; no rows where none of them has it. -#}
{% macro observed(entity) %}
    {%- if entity in deal_entities() -%}{{ config(materialized='watched') }}{%- endif -%}
    {%- set sources = [] -%}
    {%- for platform in enabled_platforms() if has_entity(platform, entity) -%}
        {%- do sources.append(ref('stg_' ~ platform ~ '__' ~ entity)) -%}
    {%- endfor -%}
    {%- if execute -%}
        {%- set columns = model.columns.values() | list -%}
        {%- for relation in sources %}
            {{ 'union all' if not loop.first }}
            select
                {%- for column in columns %}
                {%- set is_text = column.data_type | lower in ['string', 'text'] %}
                {%- set is_reference = is_text and column.name != 'native_id' and column.name.endswith(('_id', '_number', '_ref')) %}
                {%- set said = reference(entity, column.name) if is_reference else column.name %}
                cast({{ said }} as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
                {%- endfor %}
            from {{ relation }}
        {%- else %}
            {{ no_rows() }}
        {%- endfor %}
    {%- endif -%}
{% endmacro %}

{#- No rows, in the model's declared columns. -#}
{% macro no_rows() %}
    select
        {%- for column in model.columns.values() %}
        cast(null as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
{% endmacro %}
