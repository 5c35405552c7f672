{#- The first of the two columns is no more than the second. -#}
{% test in_order(model, columns) %}
    select {{ columns | join(', ') }}
    from {{ model }}
    where {{ columns | join(' > ') }}
{% endtest %}
