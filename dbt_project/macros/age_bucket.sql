{#- The bucket of an age in days, as receivables and cash on account are aged. -#}
{% macro age_bucket(days) -%}
    case when {{ days }} <= 30 then '0-30' when {{ days }} <= 60 then '31-60' when {{ days }} <= 90 then '61-90' else '90+' end
{%- endmacro %}
