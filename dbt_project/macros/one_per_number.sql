{#- Of linked documents one for each document number, and each of the columns `within` which a number is unique: versions of one
    document share their number, and their deal. -#}
{% macro one_per_number(links, within=[]) %}
    {%- set key = (within + ['document_number']) | join(', ') %}
    select
        {{ key }},
        max_by(platform, native_id) as platform,
        max(native_id) as native_id,
        max_by(deal_key, native_id) as deal_key
    from {{ links }}
    where document_number is not null
    group by {{ key }}
{% endmacro %}
