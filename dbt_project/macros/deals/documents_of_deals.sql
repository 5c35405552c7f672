{#- Every document of an entity that is not deleted, with its deal and its customer: by its platform's own reference, or else the deal's. -#}
{% macro documents_of_deals(entity) %}
with observed as (
    select * from {{ ref('obs_' ~ entity) }}
),

links as (
    select * from {{ ref('xref_deal') }}
    where entity = '{{ entity }}'
),

deals as (
    select * from {{ ref('dim_deal') }}
),

customers as (
    select * from {{ ref('xref_customer') }}
),

final as (
    select
        observed.*,
        links.deal_key,
        coalesce(customers.customer_key, deals.customer_key) as customer_key,
        {{ digest_of('observed') }} as digest
    from observed
    inner join links
        on observed.platform = links.platform and observed.native_id = links.native_id
    inner join deals on links.deal_key = deals.deal_key
    left join customers
        on observed.platform = customers.platform and observed.customer_native_id = customers.native_id
    where not observed.is_deleted
)

select * from final
{% endmacro %}
