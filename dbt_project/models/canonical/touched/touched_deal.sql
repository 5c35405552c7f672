{{ config(materialized='passing') }}
-- the deals that a change can reach: those the changed documents were in or are named by, those in which a month has ended, those of which a
-- finding may be in another state by now, and in turn all that share a reference with one of them; what the last build left is not referred to as a model, since this build has yet to make it
with recursive changed as (
    select * from touched.touched_change -- {{ ref('touched_change') }}
),

named as (
    {%- for entity, document in deal_entities().items() if references_of(entity) %}
    select unnest([{{ references_of(entity) | join(', ') }}]) as reference
    from touched.changed_obs_{{ entity }}
    union
    {%- endfor %}
    select unnest([parent_native_id, concat(parent_platform, ':', parent_native_id)]) as reference
    from touched.changed_matched_link
),

terms as (
    select
        subscriptions.platform,
        subscriptions.deal_key,
        subscriptions.start_on,
        cast(systems.observed_through as date) as today,
        {{ dbt.datediff('subscriptions.start_on', 'systems.observed_through', 'month') }} as month_count
    from canonical.fct_subscription as subscriptions
    inner join {{ ref('dim_system') }} as systems
        on
            subscriptions.platform = systems.platform
            and subscriptions.legal_entity = systems.legal_entity
            and systems.role = 'billing'
),

posted as (
    select
        source_platform as platform,
        max(cast(due_at as date)) as last_on
    from canonical.exp_posting
    where kind = 'revenue_release'
    group by source_platform
),

ended as (
    select terms.deal_key
    from terms
    left join posted on terms.platform = posted.platform
    where
        coalesce(
            posted.last_on < least(
                case
                    when {{ dbt.dateadd('month', 'terms.month_count', 'terms.start_on') }} <= terms.today
                        then {{ dbt.dateadd('month', 'terms.month_count', 'terms.start_on') }}
                    else {{ dbt.dateadd('month', 'terms.month_count - 1', 'terms.start_on') }}
                end,
                terms.today
            ),
            true
        )
),

clock as (
    select
        min(observed_through) as first,
        max(observed_through) as last,
        bool_and(last_read_ok) as all_read
    from {{ ref('dim_system') }}
),

aged as (
    select findings.deal_key
    from mismatches.finding as findings
    cross join clock
    where
        findings.clears_on <= cast(clock.last as date)
        or findings.observed_version > clock.first
        or findings.state = 'indeterminate'
        or not clock.all_read
),

reached as (
    select coalesce(links.deal_key, concat(changed.platform, ':', changed.native_id)) as deal_key
    from changed
    left join canonical.xref_deal as links
        on changed.platform = links.platform and changed.entity = links.entity and changed.native_id = links.native_id
    union
    select deals.deal_key from canonical.deal_reference as deals
    inner join named on deals.reference = named.reference
    union
    select deal_key from ended
    union
    select deal_key from aged
),

touched as (
    select deal_key from reached
    union
    select others.deal_key
    from touched
    inner join canonical.deal_reference as own on touched.deal_key = own.deal_key
    inner join canonical.deal_reference as others on own.reference = others.reference
)

select deal_key from touched
