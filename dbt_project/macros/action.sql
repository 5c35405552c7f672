{#- The key of an action: its command's abbreviation and a hash of what must never be done twice. -#}
{% macro action_key(abbreviation, parts) -%}
    concat('{{ abbreviation }}-', left(md5(concat_ws('|'
    {%- for part in parts %}, coalesce(cast({{ part }} as string), ''){% endfor %})), 24))
{%- endmacro %}


{#- The columns every act_<command> begins with, from a finding. -#}
{% macro action_columns(key, command, finding, amount, depends_on_key="null", deal_key=none, currency=none) -%}
    cast({{ key }} as string) as action_key,
    cast('{{ command }}' as string) as command,
    cast({{ finding }}.rule as string) as rule,
    cast({{ finding }}.fingerprint as string) as fingerprint,
    cast({{ deal_key or finding ~ ".deal_key" }} as string) as deal_key,
    cast({{ finding }}.legal_entity as string) as legal_entity,
    cast({{ finding }}.platform as string) as platform,
    cast({{ amount }} as decimal(18,4)) as amount,
    cast({{ currency or finding ~ ".currency" }} as string) as currency,
    cast({{ finding }}.severity as string) as severity,
    cast({{ depends_on_key }} as string) as depends_on_key
{%- endmacro %}
