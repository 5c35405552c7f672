{#- Which loads a base model has taken: a list, never a watermark, since a load may commit after a younger one. -#}

{#- Before the run: the list exists. -#}
{% macro prepare_taken_loads() %}
    {%- if execute %}
        create schema if not exists staging;
        create table if not exists staging.taken_load (model_name varchar, load_id varchar);
    {%- endif %}
{% endmacro %}

{#- Before a base model is built anew: it has taken nothing. -#}
{% macro forget_taken_loads() %}
    {%- if execute and not grows() %}
        delete from staging.taken_load where model_name = '{{ this.name }}'
    {%- endif %}
{% endmacro %}

{#- With the rows, in one transaction: all loads that were committed when this run began are taken. -#}
{% macro remember_taken_loads(platform) %}
    insert into staging.taken_load
    select '{{ this.name }}', committed.load_id
    from {{ ref('lake_load') }} as committed
    where committed.platform = '{{ platform }}'
        and committed.load_id not in (select load_id from staging.taken_load where model_name = '{{ this.name }}')
{% endmacro %}
