with placed as (
    select * from {{ ref('booked_document') }}
),

days as (
    select distinct platform, legal_entity, booked_on from placed
),

periods as (
    select
        days.platform,
        days.legal_entity,
        days.booked_on,
        bool_and(periods.is_closed) as is_closed,
        bool_and(periods.is_receivables_closed) as is_receivables_closed,
        max(periods.source_updated_at) as closed_at
    from days
    inner join {{ ref('dim_accounting_period') }} as periods
        on
            days.platform = periods.platform
            and days.legal_entity = coalesce(periods.legal_entity, days.legal_entity)
            and days.booked_on between periods.starts_on and periods.ends_on
    group by days.platform, days.legal_entity, days.booked_on
),

held as (
    select
        placed.*,
        substring(cast(placed.right_on as string), 1, 7) as right_month,
        substring(cast(placed.booked_on as string), 1, 7) as booked_month,
        coalesce(case when placed.entity = 'journal' then periods.is_closed else periods.is_receivables_closed end, false) as is_closed,
        periods.closed_at
    from placed
    left join periods
        on
            placed.platform = periods.platform
            and placed.legal_entity = periods.legal_entity
            and placed.booked_on = periods.booked_on
),

misplaced as (
    select
        *,
        case when is_closed then 'closed_period' else 'other_period' end as cause
    from held
    where (booked_month <> right_month or (is_closed and created_at >= closed_at)) and not is_reversed
),

-- a journal and its reversal in one period leave nothing there; a reversal in another one is judged as any document
cancelling as (
    select reversals.platform, reversals.native_id
    from held as reversals
    inner join held as originals
        on
            reversals.platform = originals.platform
            and reversals.native_id = originals.reversed_by_native_id
            and reversals.booked_month = originals.booked_month
    where reversals.entity = 'journal'
),

-- where every period from its own up to the one that it is in was closed when it came, that one is right
forced as (
    select misplaced.platform, misplaced.entity, misplaced.native_id
    from misplaced
    inner join {{ ref('dim_accounting_period') }} as periods
        on
            misplaced.platform = periods.platform
            and misplaced.legal_entity = coalesce(periods.legal_entity, misplaced.legal_entity)
            and misplaced.right_on <= periods.ends_on
            and misplaced.booked_on > periods.ends_on
    where misplaced.cause = 'other_period'
    group by misplaced.platform, misplaced.entity, misplaced.native_id, misplaced.right_on
    having
        min(periods.starts_on) <= misplaced.right_on
        and bool_and(
            case when misplaced.entity = 'journal' then periods.is_closed else periods.is_receivables_closed end
            and coalesce(periods.source_updated_at <= misplaced.created_at, false)
        )
),

standing as (
    select misplaced.*
    from misplaced
    left join cancelling
        on misplaced.platform = cancelling.platform and misplaced.native_id = cancelling.native_id and misplaced.entity = 'journal'
    left join forced
        on misplaced.platform = forced.platform and misplaced.entity = forced.entity and misplaced.native_id = forced.native_id
    where cancelling.native_id is null and forced.native_id is null
),

found as (
    select
        concat_ws(':', entity, native_id) as identity,
        source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        'period' as attribute,
        right_month as expected_value,
        booked_month as observed_value,
        amount as amount_at_risk,
        currency,
        cause,
        concat_ws(
            ' ', case entity when 'journal' then 'Journal' when 'invoice' then 'Invoice' else 'Credit memo' end, document_number, 'of',
            {{ readable_money('amount', 'currency') }}, 'in', platform, 'is booked in', booked_month,
            case when booked_month <> right_month then concat('instead of ', right_month) end,
            case when is_closed then concat_ws(' ', 'which is closed since', cast(cast(closed_at as date) as string)) end
        ) as evidence,
        came_at as due_at,
        source_updated_at as observed_version
    from standing
),

final as (
    {{ judged('posting_in_closed_period') }}
)

select * from final
