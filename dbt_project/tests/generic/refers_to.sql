{#- What these columns say together stands in those fields of another table; a null refers to nothing, and neither does `besides`. -#}
{% test refers_to(model, columns, to, fields, besides=none) %}
    select {{ columns | join(', ') }}
    from {{ model }} as referring
    where
        {%- for column in columns %}
        referring.{{ column }} is not null
        {%- if besides is not none %} and referring.{{ column }} <> '{{ besides }}'{% endif %} and
        {%- endfor %}
        not exists (
            select 1
            from {{ to }} as referred
            where
                {%- for column in columns %}
                {% if not loop.first %}and {% endif %}referred.{{ fields[loop.index0] }} = referring.{{ column }}
                {%- endfor %}
        )
{% endtest %}
