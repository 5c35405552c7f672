{#- Time, from what was read and never from a clock, and the identity of findings. -#}

{#- Whether `hours` after `due_at` have been read past; false while one of the times is unknown. -#}
{% macro is_due(due_at, hours, observed_through) -%}
    coalesce({{ dbt.dateadd('hour', hours, due_at) }} <= {{ observed_through }}, false)
{%- endmacro %}

{#- What a rule's own YAML says under config.meta. -#}
{% macro rule_meta(code, key, default=none) -%}
    {%- set node = graph.nodes.get('model.q2c.mismatch__' ~ code) if execute else none -%}
    {{ return(node.config.meta.get(key, default) if node else default) }}
{%- endmacro %}

{#- The folder that a rule lies in. -#}
{% macro rule_stage(code) -%}
    {%- set node = graph.nodes.get('model.q2c.mismatch__' ~ code) if execute else none -%}
    {{ return(node.fqn[-2] if node else '') }}
{%- endmacro %}

{#- A stable identity of the parts; a null is a value of its own. -#}
{% macro fingerprint(expressions) -%}
    {%- set parts = [] -%}
    {%- for expression in expressions -%}
        {%- do parts.append("coalesce(cast(" ~ expression ~ " as string), '<null>')") -%}
    {%- endfor -%}
    md5(concat_ws('|', {{ parts | join(', ') }}))
{%- endmacro %}
