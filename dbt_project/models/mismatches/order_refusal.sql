with systems as (
    select * from {{ ref('dim_system') }}
),

orders as (
    select distinct platform, quote_id
    from {{ ref('fct_order') }}
),

elsewhere as (
    select distinct quote_id from {{ ref('order_elsewhere') }}
),

absent as (
    select distinct platform, customer_key
    from {{ ref('absent_customer') }}
),

expected as (
    select expected.*
    from {{ ref('exp_order') }} as expected
    inner join systems
        on expected.platform = systems.platform and expected.legal_entity = systems.legal_entity and systems.role = 'erp'
    left join orders on expected.platform = orders.platform and expected.quote_id = orders.quote_id
    left join elsewhere on expected.quote_id = elsewhere.quote_id
    left join absent on expected.platform = absent.platform and expected.customer_key = absent.customer_key
    where orders.quote_id is null and elsewhere.quote_id is null and absent.customer_key is null
),

periods as (
    select
        expected.expected_key,
        min(periods.document_number) as period,
        min_by(periods.native_id, periods.document_number) as native_id,
        bool_and(periods.is_receivables_closed) as is_closed
    from expected
    inner join {{ ref('dim_accounting_period') }} as periods
        on
            expected.platform = periods.platform
            and expected.legal_entity = coalesce(periods.legal_entity, expected.legal_entity)
            and cast(expected.ordered_at as date) between periods.starts_on and periods.ends_on
    group by expected.expected_key
),

dimensions as (
    select
        wanted.legal_entity,
        wanted.kind,
        wanted.code,
        coalesce(bool_or(held.is_active), false) as is_active,
        count(held.code) as held,
        min(held.native_id) as native_id
    from {{ ref('order_dimensions') }} as wanted
    inner join systems on wanted.legal_entity = systems.legal_entity and systems.role = 'erp'
    left join {{ ref('dim_dimension') }} as held
        on
            systems.platform = held.platform
            and wanted.legal_entity = coalesce(held.legal_entity, wanted.legal_entity)
            and wanted.kind = held.kind
            and wanted.code = held.code
    where systems.platform in {{ platforms_with('dimension') }}
    group by wanted.legal_entity, wanted.kind, wanted.code
),

reasons as (
    select
        expected_key,
        0 as place,
        'customer' as entity,
        native_id,
        cause,
        says
    from {{ ref('customer_refusal') }}
    union all
    select
        expected_key,
        1 as place,
        'product' as entity,
        native_id,
        cause,
        says
    from {{ ref('product_refusal') }}
    union all
    select
        expected_key,
        2 as place,
        'accounting_period' as entity,
        native_id,
        'period_closed' as cause,
        concat_ws(' ', 'the period', period, 'of its date is closed') as says
    from periods
    where is_closed
    union all
    select
        expected.expected_key,
        3 as place,
        'dimension' as entity,
        dimensions.native_id,
        case when dimensions.held = 0 then 'dimension_unknown' else 'dimension_inactive' end as cause,
        concat_ws(
            ' ', dimensions.kind, dimensions.code, case when dimensions.held = 0 then 'is not known there' else 'is inactive there' end
        ) as says
    from expected
    inner join dimensions on expected.legal_entity = dimensions.legal_entity
    where not dimensions.is_active
),

final as (
    select
        reasons.expected_key,
        expected.quote_id,
        cast(reasons.place as bigint) as place,
        reasons.entity,
        reasons.native_id,
        reasons.cause,
        reasons.says
    from reasons
    inner join expected on reasons.expected_key = expected.expected_key
)

select * from final
