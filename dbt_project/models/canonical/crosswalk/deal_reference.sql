{{ by_deal() }}

with links as (
    select * from {{ ref('xref_deal') }}
),

{% for entity, document in deal_entities().items() if references_of(entity) -%}
{{ entity }}_gone as (
    select
        gone.*,
        links.deal_key
    from {{ ref('obs_' ~ entity) }} as gone
    inner join links
        on gone.platform = links.platform and links.entity = '{{ document }}' and {{ document_id(entity, 'gone') }} = links.native_id
    where gone.is_deleted
),

{{ entity }}_said as (
    select
        deal_key,
        unnest([{{ references_of(entity) | join(', ') }}]) as reference
    from {{ ref('fct_' ~ entity) }}
    union all
    select
        deal_key,
        unnest([{{ references_of(entity) | join(', ') }}]) as reference
    from {{ entity }}_gone
),

{% endfor -%}
final as (
    select distinct deal_key, reference
    from (
        {%- for entity in deal_entities() if references_of(entity) %}
        select * from {{ entity }}_said
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as said
    where reference is not null
)

select * from final
