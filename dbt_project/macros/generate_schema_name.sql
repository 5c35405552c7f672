{#- A model's schema is its stage: staging, canonical, mismatches, actions, marts, seeds. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
