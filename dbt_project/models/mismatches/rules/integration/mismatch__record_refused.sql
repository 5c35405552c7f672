with refused as (
    select
        *,
        case
            when reason like '% is declared %' then 'type_changed'
            when reason like 'column % is missing' then 'column_missing'
            when reason like '% is required and empty' then 'value_missing'
            else 'not_readable'
        end as cause,
        case
            when reason like 'column % is missing' then split_part(reason, ' ', 2)
            when reason like '% is declared %' or reason like '% is required and empty' then split_part(reason, ' ', 1)
            else 'record'
        end as attribute
    from {{ ref('quarantined') }}
),

-- whose a record is that could not be read, is known where the platform serves one company only
companies as (
    select
        platform,
        case when count(distinct legal_entity) = 1 then min(legal_entity) end as legal_entity
    from {{ ref('dim_system') }}
    group by platform
),

causes as (
    select
        platform,
        table_name,
        cause,
        attribute,
        count(distinct coalesce(native_key, quarantine_id)) as record_count,
        min(native_key) as native_key,
        min(reason) as reason,
        min(quarantined_at) as quarantined_at
    from refused
    group by platform, table_name, cause, attribute
),

found as (
    select
        concat_ws('|', causes.table_name, causes.cause) as identity,
        causes.platform as source_platform,
        cast(null as string) as deal_key,
        companies.legal_entity,
        causes.table_name as entity,
        causes.platform,
        causes.native_key as native_id,
        causes.native_key as document_number,
        causes.attribute,
        cast(null as string) as expected_value,
        cast(null as string) as observed_value,
        0 as amount_at_risk,
        cast(null as string) as currency,
        causes.cause,
        concat(
            'Refused and waiting in quarantine in ', causes.platform, ': ', cast(causes.record_count as string), ' of ',
            causes.table_name, ', such as ', causes.native_key, ': ', causes.reason
        ) as evidence,
        causes.quarantined_at as due_at,
        causes.quarantined_at as observed_version
    from causes
    left join companies on causes.platform = companies.platform
),

final as (
    {{ judged('record_refused') }}
)

select * from final
