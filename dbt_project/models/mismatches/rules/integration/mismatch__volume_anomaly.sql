{#- Whole weeks are counted, each against the twelve before it; the last two that were read past are judged. -#}
{%- set weeks_before, weeks_judged = 12, 2 -%}
{%- set types = ['ContractSigned', 'QuoteAccepted', 'OrderCreated', 'InvoiceIssued', 'PaymentApplied', 'JournalPosted'] -%}
with events as (
    select * from {{ ref('fct_business_events') }}
    where event_type in ('{{ types | join("', '") }}') and occurred_at is not null
),

freshness as (
    select * from {{ ref('platform_freshness') }}
),

counted as (
    select
        platform,
        legal_entity,
        event_type,
        entity,
        currency,
        cast({{ dbt.date_trunc('week', 'occurred_at') }} as date) as week_on,
        count(*) as event_count,
        sum(amount) as amount
    from events
    group by all
),

series as (
    select
        counted.platform,
        counted.legal_entity,
        counted.event_type,
        counted.entity,
        min(counted.week_on) as first_on,
        cast({{ dbt.dateadd('day', -7, dbt.date_trunc('week', 'min(freshness.observed_through)')) }} as date) as last_on
    from counted
    inner join freshness on counted.platform = freshness.platform
    group by counted.platform, counted.legal_entity, counted.event_type, counted.entity
),

-- the currency of a week is the one with the most money in it
weeks as (
    select
        series.*,
        places.place,
        cast({{ dbt.dateadd('day', '-7 * places.place', 'series.last_on') }} as date) as week_on
    from series
    cross join (select unnest([{{ range(weeks_before + weeks_judged) | join(', ') }}]) as place) as places
),

filled as (
    select
        weeks.platform, weeks.legal_entity, weeks.event_type, weeks.entity,
        weeks.first_on,
        weeks.place,
        weeks.week_on,
        coalesce(sum(counted.event_count), 0) as event_count,
        max(counted.amount) as amount,
        max_by(counted.currency, counted.amount) as currency
    from weeks
    left join counted
        on
            weeks.platform = counted.platform
            and weeks.legal_entity is not distinct from counted.legal_entity
            and weeks.event_type = counted.event_type
            and weeks.entity = counted.entity
            and weeks.week_on = counted.week_on
    group by all
),

usual as (
    select
        *,
        median(event_count) over twelve_before as middle,
        median(amount / nullif(event_count, 0)) over twelve_before as middle_amount
    from filled
    window
        twelve_before as (
            partition by platform, legal_entity, event_type, entity
            order by place rows between 1 following and {{ weeks_before }} following
        )
),

-- the median of the distances from the median, as wide as a standard deviation; never less than chance alone makes it
spread as (
    select
        usual.platform,
        usual.legal_entity,
        usual.event_type,
        usual.entity,
        usual.place,
        greatest(1.4826 * median(abs(before.event_count - usual.middle)), max(sqrt(usual.middle)), 1) as width
    from usual
    inner join filled as before
        on
            usual.platform = before.platform
            and usual.legal_entity is not distinct from before.legal_entity
            and usual.event_type = before.event_type
            and usual.entity = before.entity
            and before.place between usual.place + 1 and usual.place + {{ weeks_before }}
    where usual.place < {{ weeks_judged }} and usual.first_on <= {{ dbt.dateadd('day', -7 * weeks_before, 'usual.week_on') }}
    group by usual.platform, usual.legal_entity, usual.event_type, usual.entity, usual.place
),

odd as (
    select
        usual.*,
        usual.event_count = 0 as is_silent
    from usual
    inner join spread
        on
            usual.platform = spread.platform
            and usual.legal_entity is not distinct from spread.legal_entity
            and usual.event_type = spread.event_type
            and usual.entity = spread.entity
            and usual.place = spread.place
    where
        (usual.event_count = 0 and usual.middle >= 20)
        or (usual.middle >= 1 and usual.event_count > 3 * usual.middle and usual.event_count > usual.middle + 10 * spread.width)
),

found as (
    select
        concat_ws('|', event_type, entity, legal_entity, cast(week_on as string)) as identity,
        platform as source_platform,
        cast(null as string) as deal_key,
        legal_entity,
        entity,
        platform,
        concat_ws(' ', event_type, cast(week_on as string)) as native_id,
        concat_ws(' ', event_type, cast(week_on as string)) as document_number,
        cast(null as string) as attribute,
        cast(cast(round(middle) as bigint) as string) as expected_value,
        cast(event_count as string) as observed_value,
        case when is_silent then {{ times('middle', 'middle_amount') }} else amount end as amount_at_risk,
        currency,
        case when is_silent then 'silent' else 'flooded' end as cause,
        concat_ws(
            ' ', platform, 'told of', cast(event_count as string), event_type, 'in the week from', cast(week_on as string) || ',',
            'where', cast(cast(round(middle) as bigint) as string), 'are usual', 'for ' || legal_entity
        ) as evidence,
        cast({{ dbt.dateadd('day', 7, 'week_on') }} as timestamp) as due_at,
        cast(null as timestamp) as observed_version
    from odd
),

final as (
    {{ judged('volume_anomaly') }}
)

select * from final
