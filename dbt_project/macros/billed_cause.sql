{#- Why what was billed for a product in a period is not what was agreed: of `periods`, as billed_period has them, and their `contracts`. -#}
{% macro billed_cause() -%}
    case
        when not periods.is_billed then 'period_not_billed'
        when periods.period_on > contracts.end_on then 'billed_after_end'
        when periods.is_on_several and periods.billed_amount > periods.expected_amount then 'billed_twice'
        else 'amount_differs'
    end
{%- endmacro %}
