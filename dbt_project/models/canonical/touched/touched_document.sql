{{ config(materialized='passing', post_hook='{{ take_touched() }}') }}
-- the documents of the touched deals, those that are new, and the places of documents that are not there, whose lines stand alone
with deals as (
    select * from touched.touched_deal -- {{ ref('touched_deal') }}
),

final as (
    select links.platform, links.entity, links.native_id
    from canonical.xref_deal as links
    inner join deals on links.deal_key = deals.deal_key
    union
    select platform, entity, native_id
    from touched.touched_change
    union
    select
        split_part(deals.deal_key, ':', 1),
        documents.entity,
        substring(deals.deal_key, position(':' in deals.deal_key) + 1)
    from deals
    cross join (select unnest({{ deal_entities().values() | unique | list }}) as entity) as documents
)

select * from final
