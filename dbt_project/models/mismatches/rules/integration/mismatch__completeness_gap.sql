with tied_out as (
    select * from {{ ref('control_tie_out') }}
),

swept as (
    select * from {{ ref('table_freshness') }}
),

systems as (
    select * from {{ ref('dim_system') }}
),

companies as (
    select
        platform,
        case when count(distinct legal_entity) = 1 then min(legal_entity) end as legal_entity
    from systems
    group by platform
),

-- a report and company is one finding, of the measure with the most money; its groups (accounts, months) are one cause
differing as (
    select
        platform,
        report,
        legal_entity,
        currency,
        measure,
        count(*) as group_count,
        sum(abs(amount_difference)) as amount,
        sum(abs(count_difference)) as record_count,
        min(observed_at) as observed_at,
        row_number() over (
            partition by platform, report, legal_entity
            order by sum(abs(amount_difference)) desc nulls last, sum(abs(count_difference)) desc, measure, currency nulls last
        ) as place
    from tied_out
    where state = 'differs'
    group by platform, report, legal_entity, currency, measure
),

gaps as (
    select
        platform,
        report as table_name,
        legal_entity,
        currency,
        amount,
        'sums_differ' as cause,
        concat_ws(
            ' ', 'What', platform, 'adds up itself in', report, 'and what was read of it differ in', cast(group_count as string), 'groups of',
            measure || ': by', cast(record_count as string), 'records and', {{ readable_money('amount', 'currency') }}
        ) as evidence,
        observed_at as due_at
    from differing
    where place = 1
    union all
    select
        swept.platform,
        swept.table_name,
        companies.legal_entity,
        cast(null as string),
        0,
        'record_missed',
        concat_ws(
            ' ', 'The newest sweep of', swept.table_name, 'in', swept.platform, 'found', cast(swept.missing_count as string),
            'living records that no reading had brought; it loaded them'
        ),
        swept.last_swept_at
    from swept
    left join companies on swept.platform = companies.platform
    where swept.missing_count > 0
),

found as (
    select
        concat_ws('|', cause, table_name, legal_entity) as identity,
        platform as source_platform,
        cast(null as string) as deal_key,
        legal_entity,
        table_name as entity,
        platform,
        table_name as native_id,
        table_name as document_number,
        cast(null as string) as attribute,
        cast(null as string) as expected_value,
        cast(null as string) as observed_value,
        amount as amount_at_risk,
        currency,
        cause,
        evidence,
        due_at,
        cast(null as timestamp) as observed_version
    from gaps
),

final as (
    {{ judged('completeness_gap') }}
)

select * from final
