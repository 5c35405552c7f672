{#- A tax number without what people put between its digits; null of none. -#}
{% macro plain_tax_number(column) -%}
    nullif(upper(replace(replace(replace({{ column }}, ' ', ''), '.', ''), '-', '')), '')
{%- endmacro %}
