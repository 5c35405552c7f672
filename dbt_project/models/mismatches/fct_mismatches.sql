{%- set dimensions, sums = ['customer', 'price', 'product'], ['control', 'controlled'] -%}
with findings as (
    select * from {{ ref('finding') }} where state <> 'timing'
),

rules as (
    select * from {{ ref('rule') }}
),

records as (
    {% for entity in staged_platforms() if entity not in sums %}
    select
        platform,
        entity,
        native_id,
        document_number,
        source_url
    from {{ ref(('dim_' if entity in dimensions else 'fct_') ~ entity) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- the wrong record itself; where one is absent, the document on another platform that it should follow
links as (
    select
        findings.fingerprint,
        records.source_url,
        row_number() over (
            partition by findings.fingerprint
            order by
                case when findings.platform = records.platform and findings.entity = records.entity then 0 else 1 end,
                case when findings.document_number = records.document_number then 0 else 1 end,
                records.platform,
                records.entity,
                records.source_url
        ) as nearness
    from findings
    inner join records on findings.native_id = records.native_id
    where records.source_url is not null
),

-- one thing that happened to many records: the same value taken for the same other one, or what was to follow on one day
alike as (
    select
        fingerprint,
        {{ fingerprint([
            'rule', 'platform', 'legal_entity', 'cause', 'attribute', 'case when attribute is null then cast(due_at as date) end',
            'case when attribute is not null then expected_value end', 'case when attribute is not null then observed_value end'
        ]) }} as root_cause
    from findings
),

common as (
    select
        root_cause,
        count(*) as finding_count
    from alike
    group by root_cause
),

final as (
    select
        findings.*,
        case when common.finding_count >= 3 then common.root_cause end as root_cause,
        links.source_url,
        rules.stage,
        rules.stops_deal,
        rules.severity,
        rules.owner,
        rules.sla_hours,
        rules.runbook,
        rules.proposes
    from findings
    inner join rules on findings.rule = rules.rule
    inner join alike on findings.fingerprint = alike.fingerprint
    inner join common on alike.root_cause = common.root_cause
    left join links on findings.fingerprint = links.fingerprint and links.nearness = 1
)

select * from final
