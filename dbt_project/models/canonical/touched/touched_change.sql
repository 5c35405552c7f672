{{ config(materialized='passing') }}
-- what changed itself: every document of which a record, or a line, is not as the last build saw it, and the documents of changed customers
-- and of links that were found or let go
{%- for entity, document in deal_entities().items() %}
-- depends_on: {{ ref('obs_' ~ entity) }}
select
    key_platform as platform,
    '{{ document }}' as entity,
    {{ 'key_native_id' if entity == document else document_id(entity) }} as native_id
from touched.changed_obs_{{ entity }}
{{ 'where gone is null' if entity != document }}
{%- if entity != document %}
union
select
    key_platform,
    '{{ document }}',
    document_before
from touched.changed_obs_{{ entity }}
where gone is not null
{%- elif entity != 'journal' %}
union
select
    platform,
    '{{ document }}',
    native_id
from {{ ref('obs_' ~ entity) }}
where (platform, customer_native_id) in (select (key_platform, key_native_id) from touched.changed_xref_customer)
{%- endif %}
{{ 'union' if not loop.last }}
{%- endfor %}
union
select
    links.key_platform,
    matched.entity,
    links.key_native_id
from touched.changed_matched_link as links
cross join (select unnest(['order', 'payment']) as entity) as matched
-- depends_on: {{ ref('xref_customer') }}
-- depends_on: {{ ref('matched_link') }}
