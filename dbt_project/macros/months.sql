{#- Months of a contract: whole ones since its first day, and days of the one begun. A month begins on the day of the month that the contract
    began on, or on the last of a shorter one. -#}

{#- How many whole months of a contract that began on `start_on` are over on a day. -#}
{% macro whole_months(start_on, day) -%}
    {%- set crossed = dbt.datediff(start_on, day, 'month') -%}
    cast({{ crossed }} - case when cast({{ dbt.dateadd('month', crossed, start_on) }} as date) > {{ day }} then 1 else 0 end as bigint)
{%- endmacro %}

{#- The first day of a contract's month, counted from 0. -#}
{% macro month_begin(start_on, month) -%}
    cast({{ dbt.dateadd('month', month, start_on) }} as date)
{%- endmacro %}

{#- The same day as a number of months: the whole ones, and the days of the next as a part of its own length. -#}
{% macro months_until(start_on, day) -%}
    {%- set whole = whole_months(start_on, day) -%}
    {%- set begin = month_begin(start_on, whole) -%}
    cast(
        {{ whole }} + cast({{ dbt.datediff(begin, day, 'day') }} as decimal(18, 9))
        / nullif({{ dbt.datediff(begin, month_begin(start_on, whole ~ ' + 1'), 'day') }}, 0) as decimal(18, 9)
    )
{%- endmacro %}
