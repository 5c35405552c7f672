with tables_read as (
    select * from {{ ref('lake_read') }}
),

declared as (
    {{ declared_columns() }}
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

-- what the newest read that brought anything says; one that brought nothing says nothing of columns
newest as (
    select
        *,
        row_number() over (
            partition by platform, table_name
            order by logged_at desc, file_name desc
        ) as newness
    from tables_read
    where status = 'ok' and (row_count > 0 or new_columns <> '')
),

named as (
    select
        platform,
        table_name,
        logged_at,
        trim(unnest(string_split(new_columns, ','))) as column_name
    from newest
    where newness = 1 and new_columns <> ''
),

watch as (
    select
        platform,
        max(logged_at) as observed_through,
        true as last_read_ok
    from tables_read
    group by platform
),

found as (
    select
        concat_ws('|', named.table_name, named.column_name) as identity,
        named.platform as source_platform,
        cast(null as string) as deal_key,
        companies.legal_entity,
        named.table_name as entity,
        named.platform,
        concat_ws('.', named.table_name, named.column_name) as native_id,
        concat_ws('.', named.table_name, named.column_name) as document_number,
        named.column_name as attribute,
        cast(null as string) as expected_value,
        cast(null as string) as observed_value,
        0 as amount_at_risk,
        cast(null as string) as currency,
        'column_new' as cause,
        concat(
            named.platform, ' sends ', named.table_name, '.', named.column_name,
            ', which its platform.yaml neither declares nor ignores; it is kept as text and read by nothing'
        ) as evidence,
        named.logged_at as due_at,
        cast(null as timestamp) as observed_version
    from named
    left join declared
        on
            named.platform = declared.platform
            and named.table_name = declared.table_name
            and replace(lower(named.column_name), '_', '') = replace(declared.column_name, '_', '')
    left join companies on named.platform = companies.platform
    where declared.column_name is null
),

final as (
    {{ judged('schema_drift', freshness='watch') }}
)

select * from final
