{#- Who issues each company's invoices and credits: its billing platform, or its books where nobody else does. `legal_entity, platform, role,
    observed_through`. -#}
{% macro issuing_systems() %}
    select
        legal_entity,
        coalesce(max(case when role = 'billing' then platform end), max(platform)) as platform,
        min(role) as role,
        coalesce(max(case when role = 'billing' then observed_through end), max(observed_through)) as observed_through
    from {{ ref('dim_system') }}
    where role in ('billing', 'erp')
    group by legal_entity
{% endmacro %}
