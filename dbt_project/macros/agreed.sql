{#- What makes a quote a contract, wherever one is expected from it: the primary one, accepted on a day that is known, and not rejected since.
    An amendment is no contract of its own: it is expected in what it amends. -#}
{% macro agreed() %}
    {{- "is_primary and is_accepted and accepted_at is not null and status <> 'rejected' and quote_type is distinct from 'amendment'" -}}
{% endmacro %}
