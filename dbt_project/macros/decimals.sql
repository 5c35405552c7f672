{#- Exact money: what is cast, and how a share is rounded. -#}

{#- An amount as money is kept. -#}
{% macro money(expression) -%}
    cast({{ expression }} as decimal(18,4))
{%- endmacro %}

{#- As much of a calculated amount as money can be: one record with an absurd quantity or price does not stop what is said of the others. -#}
{% macro at_most_money(expression) -%}
    {%- set most = 99999999999999 -%}
    cast(
        case when {{ expression }} > {{ most }} then {{ most }} when {{ expression }} < -{{ most }} then -{{ most }} else {{ expression }} end
        as decimal(18,4)
    )
{%- endmacro %}

{#- A price or quantity as they are kept. -#}
{% macro unit_price(expression) -%}
    cast({{ expression }} as decimal(18,6))
{%- endmacro %}

{#- A product of prices, quantities and counts, in which there is room for any: of two narrow decimals DuckDB makes a narrow one, which a
    hundred pieces at 10,000 each are too much for. -#}
{% macro times(first, second) -%}
    {%- set product = namespace(said='cast(' ~ first ~ ' as decimal(38,6)) * ' ~ second) -%}
    {%- for factor in varargs -%}
        {%- set product.said = 'cast(' ~ product.said ~ ' as decimal(38,6)) * ' ~ factor -%}
    {%- endfor -%}
    {{ product.said }}
{%- endmacro %}

{#- A count of the currency's minor units (cents) as money; two decimals where the currency is not known. -#}
{% macro from_minor_units(count, minor_units) -%}
    cast(
        cast({{ count }} as decimal(38,4))
        * cast(case {{ minor_units }} when 0 then 1 when 3 then 0.001 when 4 then 0.0001 else 0.01 end as decimal(18,4))
        as decimal(18,4)
    )
{%- endmacro %}

{#- `amount` × `part` / `whole`, rounded half to even to the currency's minor units; exact, since it is counted in whole units. -#}
{% macro share_of(amount, part, whole, minor_units) -%}
    {%- set unit = "cast(case " ~ minor_units ~ " when 0 then 1 when 3 then 1000 when 4 then 10000 else 100 end as bigint)" -%}
    {%- set counted = "(cast(round(abs(" ~ amount ~ ") * " ~ unit ~ ", 0) as bigint) * cast(" ~ part ~ " as bigint))" -%}
    {%- set remainder = "(" ~ counted ~ " % " ~ whole ~ ")" -%}
    {%- set floored = "cast((" ~ counted ~ " - " ~ remainder ~ ") / " ~ whole ~ " as bigint)" -%}
    cast(
        sign({{ amount }}) * (
            {{ floored }}
            + case
                when 2 * {{ remainder }} > {{ whole }} or (2 * {{ remainder }} = {{ whole }} and {{ floored }} % 2 = 1) then 1
                else 0
            end
        ) * cast(
            case {{ minor_units }} when 0 then 1 when 3 then 0.001 when 4 then 0.0001 else 0.01 end as decimal(18,4)
        ) as decimal(18,4)
    )
{%- endmacro %}

{#- An amount rounded to the currency's minor units, half away from zero; two decimals where the currency is not known. -#}
{% macro in_minor_units(amount, minor_units) -%}
    {%- set rounded = [] -%}
    {%- for places in [0, 3, 4, 2] -%}
        {%- do rounded.append("cast(round(" ~ amount ~ ", " ~ places ~ ") as decimal(38,4))") -%}
    {%- endfor -%}
    {{ at_most_money("case " ~ minor_units ~ " when 0 then " ~ rounded[0] ~ " when 3 then " ~ rounded[1] ~ " when 4 then " ~ rounded[2]
        ~ " else " ~ rounded[3] ~ " end") }}
{%- endmacro %}
