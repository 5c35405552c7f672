with

orders as (
    select * from {{ ref('base_legacy_oms__orders') }}
),

event as (
    select * from {{ ref('base_legacy_oms__order_events') }}
),

released as (
    select
        order_id,
        min(happened_at) as at
    from event
    where status = 'released' and not q2c_is_deleted
    group by order_id
),

final as (
    select
        cast('legacy_oms' as string) as platform,
        cast('order' as string) as entity,
        cast(orders.id as string) as native_id,
        cast(orders.order_no as string) as document_number,
        cast({{ legal_entity_of('legacy_oms') }} as string) as legal_entity,
        upper(cast(orders.currency as string)) as currency,
        cast(
            case orders.status
                when 'entered' then 'draft'
                when 'released' then 'activated'
                when 'invoiced' then 'billed'
                when 'closed' then 'closed'
                when 'cancelled' then 'closed'
            end as string
        ) as status,
        cast(orders.created_at as timestamp) as created_at,
        cast(coalesce(orders.committed_at, orders.updated_at) as timestamp) as source_updated_at,
        cast(orders.q2c_read_at as timestamp) as observed_at,
        orders.q2c_is_deleted as is_deleted,
        case when '{{ var('legacy_oms_url', '') }}' <> '' then cast('{{ var('legacy_oms_url', '') }}/orders/' || cast(orders.id as string) as string) end as source_url,
        cast({{ salesforce_id('orders.quote_id') }} as string) as quote_id,
        cast(orders.quote_number as string) as quote_number,
        cast(orders.customer_id as string) as customer_native_id,
        cast(orders.ordered_at as timestamp) as ordered_at,
        cast(orders.starts_on as date) as start_on,
        cast(orders.ends_on as date) as end_on,
        cast(orders.net_amount as decimal(18, 4)) as amount,
        cast(null as string) as erp_number,
        cast(released.at as timestamp) as activated_at,
        cast(null as string) as company_code
    from orders
    left join released on orders.id = released.order_id
)

select * from final
