{#- The table is not empty: what reads it would find nothing, and say that all is well. -#}
{% test has_rows(model) %}
    select count(*) as row_count
    from {{ model }}
    having count(*) = 0
{% endtest %}
