{%- set kinds = ['finding', 'document_not_posted', 'revenue_not_released', 'cash_unallocated', 'tie_out', 'platform_behind'] -%}
with periods as (
    select * from {{ ref('company_period') }}
),

blockers as (
    select
        *,
        case kind
            when 'finding' then concat(stage, ':')
            when 'document_not_posted' then 'not posted:'
            when 'revenue_not_released' then 'revenue not released:'
            when 'cash_unallocated' then 'cash not allocated:'
            when 'tie_out' then 'tied out:'
            else 'not read to its end:'
        end as says
    from {{ ref('mart_close_blocker') }}
),

-- one phrase a kind (of findings a stage) and currency
summed as (
    select
        legal_entity,
        period_on,
        kind,
        says,
        is_certain,
        sum(item_count) as item_count,
        concat_ws(
            ' ', says, cast(sum(item_count) as string),
            case when currency is not null then concat('of ', {{ readable_money('sum(amount)', 'currency') }}) end,
            case
                when kind in ('tie_out', 'platform_behind')
                    then concat('(', {{ dbt.listagg('distinct what', "', '", 'order by what') }}, ')')
            end
        ) as phrase
    from blockers
    group by legal_entity, period_on, kind, says, is_certain, currency
),

told as (
    select
        legal_entity,
        period_on,
        {%- for kind in kinds %}
        sum(case when kind = '{{ kind }}' then item_count else 0 end) as {{ kind }}_count,
        {%- endfor %}
        max(case when kind = 'tie_out' then case when is_certain then 2 else 1 end else 0 end) as untied,
        max(case when is_certain then 1 else 0 end) = 1 as is_blocked,
        {{ dbt.listagg('case when is_certain then phrase end', "'; '", 'order by phrase') }} as blocked_by,
        {{ dbt.listagg('case when not is_certain then phrase end', "'; '", 'order by phrase') }} as unknown_by
    from summed
    group by legal_entity, period_on
),

reported as (
    select distinct legal_entity from {{ ref('control_tie_out') }}
),

-- what of the books nobody could look for, as the company's platforms do not give it
silent as (
    select
        statuses.legal_entity,
        {{ dbt.listagg("concat(statuses.rule, ' (', statuses.untold, ')')", "'; '", "order by statuses.rule") }} as untold
    from {{ ref('rule_status') }} as statuses
    inner join {{ ref('rule') }} as rules on statuses.rule = rules.rule
    where statuses.untold is not null and rules.stage in ('booking', 'collection', 'posting')
    group by statuses.legal_entity
),

judged as (
    select
        periods.*,
        silent.untold,
        {%- for kind in kinds %}
        told.{{ kind }}_count,
        {%- endfor %}
        told.untied,
        told.blocked_by,
        told.unknown_by,
        reported.legal_entity is not null as is_tied_out,
        case
            when not periods.is_over or told.is_blocked then 'not_ready'
            when told.unknown_by is not null or not periods.is_declared then 'unknown'
            else 'ready'
        end as verdict
    from periods
    left join told on periods.legal_entity = told.legal_entity and periods.starts_on = told.period_on
    left join reported on periods.legal_entity = reported.legal_entity
    left join silent on periods.legal_entity = silent.legal_entity
),

final as (
    select
        legal_entity,
        platform,
        starts_on as period_on,
        ends_on,
        is_over,
        is_closed,
        is_receivables_closed,
        {%- for kind in kinds %}
        cast(coalesce({{ kind }}_count, 0) as bigint) as {{ kind }}_count,
        {%- endfor %}
        cast(
            case
                when not is_tied_out then 'no_report'
                when untied = 2 then 'differs'
                when untied = 1 then 'unknown'
                else 'agrees'
            end as string
        ) as tie_out_state,
        cast(verdict as string) as verdict,
        cast(
            concat_ws(
                '; ',
                case when is_closed then 'it is closed' end,
                case when not is_over then concat('it is not over before ', cast(ends_on as string)) end,
                blocked_by,
                unknown_by,
                case
                    when not is_declared then concat(platform, ' tells of no accounting periods, so nobody knows whether it is closed')
                end,
                case when verdict = 'ready' then 'nothing that was read stands against closing it' end
            ) as string
        ) as reason,
        cast(untold as string) as untold
    from judged
)

select * from final
