{#- Of rows with `amount` and `currency` one for each of the columns `keys`. Each currency is summed by itself; of several, the greatest number
    is the amount, so that what is within a limit is so in each of them, and `told` names them all. -#}
{% macro in_one_currency(amounts, keys, summed='sum(amount)') %}
    {%- set key = keys | join(', ') %}
    select
        {{ key }},
        max(amount) as amount,
        min(case when place = 1 then currency end) as currency,
        case
            when count(*) > 1
                then 'and at risk are ' || {{ dbt.listagg(readable_money('amount', 'currency'), "' and '", 'order by place') }}
        end as told
    from (
        select
            {{ key }},
            currency,
            {{ summed }} as amount,
            row_number() over (partition by {{ key }} order by {{ summed }} desc, currency nulls last) as place
        from {{ amounts }}
        where amount <> 0
        group by {{ key }}, currency
    ) as by_currency
    group by {{ key }}
{% endmacro %}
