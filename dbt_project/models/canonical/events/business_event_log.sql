{{ config(materialized='grown') }}

{#- What was ever told of an event: a row when it is first known, when it is restated, and when it is withdrawn. Rows are only added.
    The lake keeps them as well (q2c_pipelines/event_log.py), since what q2c knew at a time cannot be told from what it knows now.
    Where only the touched deals were derived, theirs alone are compared. -#}
{%- set columns = model.columns.values() | list -%}
{%- set of_touched = 'and (event_id in (select event_id from events) or deal_key in (select deal_key from touched.touched_deal))' -%}
{%- set names = columns | map(attribute='name') | join(', ') -%}
with events as (
    select * from {{ 'touched.fct_business_events' if only_touched() else ref('fct_business_events') }}
    -- depends_on: {{ ref('fct_business_events') }}
),

freshness as (
    select * from {{ ref('platform_freshness') }}
),

logged as (
    {%- if grows() %}
    select * from {{ this }}
    {%- else %}
    select {{ names }} from {{ read_files(lake_files('_events', '*.parquet') if execute else [], columns) }} as kept
    {%- endif %}
),

newest as (
    select
        *,
        row_number() over (
            partition by event_id
            order by position desc
        ) as newness
    from logged
    {%- if only_touched() %}
    where
        event_id in (select event_id from events)
        or event_id in (select event_id from logged where deal_key in (select deal_key from touched.touched_deal))
    {%- endif %}
),

-- an event that has moved on to a deal which was not touched is as it was told
before as (
    select * from newest
    where newness = 1 {{ of_touched if only_touched() else '' }}
),

now as (
    select
        *,
        {{ fingerprint([
            'schema_version', 'deal_key', 'legal_entity', 'document_number', 'amount', 'currency', 'occurred_at'
        ]) }} as digest
    from events
),

changed as (
    select
        coalesce(now.event_id, before.event_id) as event_id,
        coalesce(before.version, 0) + 1 as version,
        now.event_id is null as is_withdrawn,
        coalesce(now.event_type, before.event_type) as event_type,
        coalesce(now.schema_version, before.schema_version) as schema_version,
        coalesce(now.deal_key, before.deal_key) as deal_key,
        coalesce(now.platform, before.platform) as platform,
        coalesce(now.entity, before.entity) as entity,
        coalesce(now.native_id, before.native_id) as native_id,
        case when now.event_id is null then before.legal_entity else now.legal_entity end as legal_entity,
        case when now.event_id is null then before.document_number else now.document_number end as document_number,
        case when now.event_id is null then before.amount else now.amount end as amount,
        case when now.event_id is null then before.currency else now.currency end as currency,
        case when now.event_id is null then before.occurred_at else now.occurred_at end as occurred_at,
        case when now.event_id is null then before.recorded_at else now.recorded_at end as recorded_at,
        case when before.event_id is null then now.known_at end as first_known_at,
        before.known_from as known_before,
        coalesce(now.digest, before.digest) as digest
    from now
    full outer join before on now.event_id = before.event_id
    where
        before.event_id is null
        or (now.event_id is null and not before.is_withdrawn)
        or (now.event_id is not null and (before.is_withdrawn or now.digest <> before.digest))
),

-- what is first known was known by the read that brought it; what is told otherwise since, by the newest look at its platform
dated as (
    select
        changed.*,
        coalesce(changed.first_known_at, greatest(changed.known_before, freshness.last_read_at)) as known_from
    from changed
    inner join freshness on changed.platform = freshness.platform
),

final as (
    select
        cast(
            coalesce(ends.position, 0) + row_number() over (
                order by dated.known_from, dated.occurred_at nulls last, dated.event_id, dated.digest
            ) as bigint
        ) as position,
        cast(coalesce(ends.batch, 0) + 1 as bigint) as batch,
        dated.event_id,
        cast(dated.version as bigint) as version,
        dated.is_withdrawn,
        dated.event_type,
        dated.schema_version,
        dated.deal_key,
        dated.legal_entity,
        dated.platform,
        dated.entity,
        dated.native_id,
        dated.document_number,
        dated.amount,
        dated.currency,
        dated.occurred_at,
        dated.recorded_at,
        dated.known_from,
        dated.digest
    from dated
    cross join (select max(position) as position, max(batch) as batch from logged) as ends
)

{% if not grows() %}
select * from logged
union all
{% endif -%}
select * from final
