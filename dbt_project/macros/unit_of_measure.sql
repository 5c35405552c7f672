{#- What one of a product is, in a word that is the same on every platform: each vendor has its own for a piece. -#}
{% macro unit_of_measure(column) -%}
    cast(
        case when lower(trim({{ column }})) in ('ea', 'each') then 'each' else nullif(lower(trim({{ column }})), '') end as string
    )
{%- endmacro %}
