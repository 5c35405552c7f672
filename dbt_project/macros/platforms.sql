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
    {{ return(platform in enabled_platforms() and platform in staged_platforms().get(entity, [])) }}
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
