{#- The company of the group that a platform means by its own code for one, by the seed `companies`; null where the seed does not know it.
    Without a code: the one company that the platform serves. -#}
{% macro legal_entity_of(platform, company="'*'") -%}
    (
        select max(companies.legal_entity)
        from {{ ref('companies') }} as companies
        where companies.platform = '{{ platform }}' and companies.company = {{ company }}
    )
{%- endmacro %}
