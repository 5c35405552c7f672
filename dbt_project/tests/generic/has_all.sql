{#- Each of these values is in the column. -#}
{% test has_all(model, column_name, values) %}
    {%- for value in values %}
    select '{{ value }}' as missing
    where not exists (select 1 from {{ model }} where {{ column_name }} = '{{ value }}')
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
{% endtest %}
