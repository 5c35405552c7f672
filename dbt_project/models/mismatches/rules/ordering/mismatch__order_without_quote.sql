{{ by_deal() }}

with orders as (
    select * from {{ ref('fct_order') }}
),

expected as (
    select * from {{ ref('exp_order') }}
),

quotes as (
    select * from {{ ref('fct_quote') }}
),

systems as (
    select * from {{ ref('dim_system') }}
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
    inner join systems as erp
        on orders.platform = erp.platform and orders.legal_entity = erp.legal_entity and erp.role = 'erp'
    inner join systems as crm on orders.legal_entity = crm.legal_entity and crm.role = 'crm'
    left join expected on orders.platform = expected.platform and orders.quote_id = expected.quote_id
    left join quotes on crm.platform = quotes.platform and orders.quote_id = quotes.native_id
    left join quotes as amended on quotes.platform = amended.platform and quotes.amended_quote_native_id = amended.native_id
    left join elsewhere on orders.platform = elsewhere.platform and orders.native_id = elsewhere.native_id
    where expected.expected_key is null and elsewhere.native_id is null and orders.status is distinct from 'closed'
),

final as (
    {{ judged('order_without_quote') }}
)

select * from final
