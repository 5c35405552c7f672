with expected as (
    select * from {{ ref('exp_crm_order_status') }}
),

orders as (
    select * from {{ ref('fct_order') }}
),

found as (
    select
        orders.native_id as identity,
        expected.source_platform,
        expected.deal_key,
        expected.legal_entity,
        orders.entity,
        orders.platform,
        orders.native_id,
        orders.document_number,
        'status' as attribute,
        expected.status as expected_value,
        orders.status as observed_value,
        expected.amount as amount_at_risk,
        expected.currency,
        'status_behind' as cause,
        concat_ws(
            ' ', 'Order', orders.document_number, 'in', orders.platform, 'is', orders.status, 'but order', expected.erp_number,
            'of', {{ readable_money('expected.amount', 'expected.currency') }}, 'is booked in', expected.source_platform
        ) as evidence,
        greatest(expected.due_at, orders.source_updated_at) as due_at,
        orders.source_updated_at as observed_version
    from expected
    inner join orders on expected.platform = orders.platform and expected.native_id = orders.native_id
    where orders.status = 'draft' and expected.status <> orders.status
),

final as (
    {{ judged('crm_status_stale') }}
)

select * from final
