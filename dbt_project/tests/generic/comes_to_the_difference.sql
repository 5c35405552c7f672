{#- Every finding has its causes, and their amounts come to its difference, to the last digit. -#}
{% test comes_to_the_difference(model, findings) %}
    select findings.fingerprint, findings.difference, causes.amount
    from {{ findings }} as findings
    full outer join (select fingerprint, sum(amount) as amount from {{ model }} group by fingerprint) as causes
        on findings.fingerprint = causes.fingerprint
    where findings.difference is distinct from causes.amount
{% endtest %}
