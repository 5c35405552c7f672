{{ by_deal() }}

with expected as (
    select * from {{ ref('exp_crm_order_status') }}
),

orders as (
    select * from {{ ref('fct_order') }}
),

compared as (
    select
        expected.source_platform,
        expected.deal_key,
        expected.legal_entity,
        expected.amount,
        expected.currency,
        expected.due_at,
        expected.status as expected_status,
        expected.erp_number as expected_number,
        orders.entity,
        orders.platform,
        orders.native_id,
        orders.document_number,
        orders.status,
        orders.erp_number,
        orders.source_updated_at,
        exists(
            select 1 from orders as booked
            where
                booked.platform = expected.source_platform
                and booked.quote_id = orders.quote_id
                and booked.document_number = orders.erp_number
                and booked.status is distinct from 'closed'
        ) as names_a_booked_order
    from expected
    inner join orders on expected.platform = orders.platform and expected.native_id = orders.native_id
),

stale as (
    select
        *,
        'status' as attribute,
        expected_status as expected_value,
        status as observed_value,
        'status_behind' as cause,
        concat('is ', status) as says
    from compared
    where status = 'draft' and expected_status <> status
    union all
    select
        *,
        'erp_number' as attribute,
        expected_number as expected_value,
        erp_number as observed_value,
        'reference_differs' as cause,
        concat('names ', coalesce(erp_number, 'no order')) as says
    from compared
    where status = expected_status and not names_a_booked_order
),

found as (
    select
        native_id as identity,
        source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        attribute,
        expected_value,
        observed_value,
        amount as amount_at_risk,
        currency,
        cause,
        concat_ws(
            ' ', 'Order', document_number, 'in', platform, says, 'but order', expected_number, 'of',
            {{ readable_money('amount', 'currency') }}, 'is booked in', source_platform
        ) as evidence,
        due_at,
        source_updated_at as observed_version
    from stale
),

final as (
    {{ judged('crm_status_stale') }}
)

select * from final
