{{ by_deal() }}

with systems as (
    select * from {{ ref('dim_system') }}
),

-- a platform that plays both roles is the ERP
ledgers as (
    select legal_entity, platform, min(role) as role
    from systems
    where role in ('erp', 'orders')
    group by legal_entity, platform
),

orders as (
    select
        orders.*,
        ledgers.role,
        case when ledgers.role = 'orders' then coalesce(orders.quote_id, orders.document_number) end as reference
    from {{ ref('quoted_order') }} as orders
    inner join ledgers on orders.platform = ledgers.platform and orders.legal_entity = ledgers.legal_entity
    where orders.status is distinct from 'closed'
),

-- what the ERP has as well, by its quote or else by its number, is found there
booked as (
    select legal_entity, quote_id as reference from orders where role = 'erp'
    union
    select legal_entity, document_number as reference from orders where role = 'erp'
),

expected as (
    select * from {{ ref('exp_order') }}
),

quotes as (
    select * from {{ ref('fct_quote') }}
),

elsewhere as (
    select * from {{ ref('order_elsewhere') }}
),

found as (
    select
        orders.native_id as identity,
        crm.platform as source_platform,
        orders.deal_key,
        orders.legal_entity,
        orders.entity,
        orders.platform,
        orders.native_id,
        orders.document_number,
        'status' as attribute,
        'closed' as expected_value,
        orders.status as observed_value,
        orders.amount as amount_at_risk,
        orders.currency,
        case
            when orders.quote_id is null then 'reference_missing'
            when quotes.native_id is null then 'quote_missing'
            when quotes.quote_type = 'amendment' and quotes.is_accepted then 'amendment_ordered'
            else 'quote_not_accepted'
        end as cause,
        concat_ws(
            ' ', 'Order', orders.document_number, 'of', {{ readable_money('orders.amount', 'orders.currency') }}, 'in',
            orders.platform,
            case
                when orders.quote_id is null then 'names no quote'
                when quotes.native_id is null
                    then concat_ws(' ', 'names quote', orders.quote_id, 'that does not exist in', crm.platform)
                when quotes.quote_type = 'amendment' and quotes.is_accepted
                    then concat_ws(
                        ' ', 'is of its own for accepted amendment', quotes.document_number,
                        'that belongs in the order of quote', coalesce(amended.document_number, quotes.amended_quote_native_id, 'that it amends')
                    )
                else concat_ws(' ', 'follows quote', quotes.document_number, 'that is not an accepted primary quote')
            end
        ) as evidence,
        orders.created_at as due_at,
        orders.source_updated_at as observed_version
    from orders
    inner join systems as crm on orders.legal_entity = crm.legal_entity and crm.role = 'crm'
    left join expected on orders.platform = expected.platform and orders.quote_id = expected.quote_id
    left join quotes on crm.platform = quotes.platform and orders.quote_id = quotes.native_id
    left join quotes as amended on quotes.platform = amended.platform and quotes.amended_quote_native_id = amended.native_id
    left join elsewhere on orders.platform = elsewhere.platform and orders.native_id = elsewhere.native_id
    left join booked on orders.legal_entity = booked.legal_entity and orders.reference = booked.reference
    where expected.expected_key is null and elsewhere.native_id is null and booked.reference is null
),

final as (
    {{ judged('order_without_quote') }}
)

select * from final
