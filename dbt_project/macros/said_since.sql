{#- Since when a control report says of a group what it says, or that it is gone: the read that brought it. -#}
{% macro said_since(row) %}
    {{- "case when " ~ row ~ ".q2c_is_deleted then " ~ row ~ ".q2c_deleted_at else " ~ row ~ ".q2c_version_at end" -}}
{% endmacro %}
