{{ config(materialized='view') }}

with books as (
    select
        legal_entity,
        platform,
        cast(observed_through as date) as today
    from {{ ref('dim_system') }}
    where role = 'erp' and observed_through is not null
),

declared as (
    select * from {{ ref('dim_accounting_period') }} where starts_on is not null and ends_on is not null
),

dated as (
    select legal_entity, platform, invoiced_on as dated_on from {{ ref('fct_invoice') }}
    union all
    select legal_entity, platform, posted_on as dated_on from {{ ref('fct_journal') }}
),

-- a company's books begin with the first thing in them
begun as (
    select
        books.legal_entity,
        books.platform,
        books.today,
        cast(date_trunc('month', min(dated.dated_on)) as date) as first_on,
        bool_or(declared.platform is not null) as has_periods
    from books
    inner join dated on books.legal_entity = dated.legal_entity and books.platform = dated.platform
    left join (select distinct platform, legal_entity from declared) as declared
        on books.platform = declared.platform and (declared.legal_entity is null or books.legal_entity = declared.legal_entity)
    group by books.legal_entity, books.platform, books.today
),

numbers as (
    {{ dbt.generate_series(240) }}
),

-- where the ERP tells of none, a period is a month, and whether it is closed is not known
periods as (
    select
        begun.legal_entity,
        begun.platform,
        begun.today,
        declared.starts_on,
        declared.ends_on,
        declared.is_closed,
        declared.is_receivables_closed,
        true as is_declared
    from begun
    inner join declared
        on begun.platform = declared.platform and (declared.legal_entity is null or begun.legal_entity = declared.legal_entity)
    where declared.ends_on >= begun.first_on and declared.starts_on <= begun.today
    union all
    select
        legal_entity,
        platform,
        today,
        cast({{ dbt.dateadd('month', 'generated_number - 1', 'first_on') }} as date) as starts_on,
        cast({{ dbt.dateadd('day', -1, dbt.dateadd('month', 'generated_number', 'first_on')) }} as date) as ends_on,
        cast(null as boolean) as is_closed,
        cast(null as boolean) as is_receivables_closed,
        false as is_declared
    from begun
    cross join numbers
    where not has_periods and {{ dbt.dateadd('month', 'generated_number - 1', 'first_on') }} <= today
),

final as (
    select
        legal_entity,
        platform,
        cast(starts_on as date) as starts_on,
        cast(ends_on as date) as ends_on,
        is_closed,
        is_receivables_closed,
        is_declared,
        ends_on < today as is_over,
        starts_on = min(starts_on) over (partition by legal_entity, platform) as is_first,
        starts_on = max(starts_on) over (partition by legal_entity, platform) as is_last
    from periods
)

select * from final
