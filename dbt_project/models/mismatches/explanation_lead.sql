{{ config(materialized='view') }}

{#- Hops from a document to the one it follows: payment, invoice, subscription, order, quote, opportunity, and room for what is odd. -#}
{%- set most_hops = 7 -%}
with recursive findings as (select * from {{ ref('finding') }}),

sources as (select * from {{ ref('expectation_source') }}),

deciding as (select * from {{ ref('deciding_record') }}),

documents_of_deals as (select * from {{ ref('xref_deal') }} where deal_key in (select deal_key from findings)),

parents as (select * from documents_of_deals where parent_native_id is not null),

-- what the finding's record is expected by; of an absent one its native id is that record's
expected as (
    {%- for named in ['native_id', 'source_native_id'] %}
    select
        findings.fingerprint,
        sources.source_platform as platform,
        sources.source_entity as entity,
        sources.source_native_id as native_id
    from findings
    inner join sources
        on findings.platform = sources.platform and findings.entity = sources.entity and findings.native_id = sources.{{ named }}
    {{ 'union' if not loop.last }}
    {%- endfor %}
),

-- where nothing is expected of it, what follows it elsewhere was compared with it
counterparts as (
    select distinct
        findings.fingerprint,
        sources.platform,
        sources.entity,
        sources.native_id
    from findings
    inner join sources
        on
            findings.platform = sources.source_platform
            and findings.entity = sources.source_entity
            and findings.native_id = sources.source_native_id
    left join expected on findings.fingerprint = expected.fingerprint
    where expected.fingerprint is null and sources.native_id is not null
),

-- what is nobody's expectation and is missing there is named by the document elsewhere that it should follow
followed as (
    select
        findings.fingerprint,
        documents.platform,
        documents.entity,
        documents.native_id
    from findings
    inner join documents_of_deals as documents
        on
            findings.deal_key = documents.deal_key
            and findings.entity = documents.entity
            and findings.native_id = documents.native_id
            and findings.platform <> documents.platform
    left join expected on findings.fingerprint = expected.fingerprint
    where expected.fingerprint is null
),

-- a finding may name the record that its expectation follows, and there be one that should meet it; of one that is followed by several
-- (a subscription by the journal of each month) it is not known by which
followed_once as (
    select platform, entity, source_platform, source_native_id, max(native_id) as native_id
    from sources
    group by platform, entity, source_platform, source_native_id
    having count(distinct expected_key) = 1
),

met as (
    select
        findings.fingerprint,
        once.platform,
        once.entity,
        once.native_id
    from findings
    inner join followed_once as once
        on findings.platform = once.platform and findings.entity = once.entity and findings.native_id = once.source_native_id
    where once.native_id is not null
),

begun as (
    {%- for role, found in [('expected', 'expected'), ('expected', 'followed'), ('observed', 'met'), ('observed', 'findings'), ('decided_by', 'deciding'), ('compared', 'counterparts')] %}
    select fingerprint, '{{ role }}' as role, platform, entity, native_id from {{ found }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- a line stands for its document
documents as (
    select fingerprint, role, platform, entity, native_id from begun
    {%- for document in ['quote', 'order', 'subscription', 'invoice'] %}
    union all
    select
        begun.fingerprint, 'document', lines.platform, '{{ document }}', lines.{{ document }}_native_id
    from begun
    inner join {{ ref('fct_' ~ document ~ '_line') }} as lines on begun.platform = lines.platform and begun.native_id = lines.native_id
    where begun.entity = '{{ document }}_line'
    {%- endfor %}
),

hops as (
    select
        fingerprint, role, cast(0 as bigint) as hop, platform, entity, native_id, cast(null as string) as method
    from documents
    union all
    select
        hops.fingerprint, 'derived_from', hops.hop + 1, parents.parent_platform, parents.parent_entity, parents.parent_native_id, parents.method
    from hops
    inner join parents
        on hops.platform = parents.platform and hops.entity = parents.entity and hops.native_id = parents.native_id
    where hops.hop < {{ most_hops }} and hops.role not in ('compared', 'decided_by')
),

-- a record that several ways lead to is told once, where it matters most
placed as (
    select
        *,
        row_number() over (
            partition by fingerprint, platform, entity, native_id
            order by
                case role
                    when 'observed' then 1 when 'expected' then 2 when 'decided_by' then 3 when 'document' then 4 when 'derived_from' then 5
                    else 6
                end,
                hop,
                method
        ) as place
    from hops
),

final as (
    select
        cast(fingerprint as string) as fingerprint,
        cast(role as string) as role,
        cast(hop as bigint) as hop,
        cast(platform as string) as platform,
        cast(entity as string) as entity,
        cast(native_id as string) as native_id,
        cast(method as string) as method
    from placed
    where place = 1
)

select * from final
