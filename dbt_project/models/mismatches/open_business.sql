{{ by_deal() }}

with selling as (
    select distinct legal_entity, platform from {{ ref('dim_system') }}
    where role in ('orders', 'erp')
),

open_orders as (
    select orders.*
    from {{ ref('fct_order') }} as orders
    inner join selling on orders.platform = selling.platform and orders.legal_entity = selling.legal_entity
    where orders.status in ('activated', 'pending_approval', 'pending_billing')
),

open_invoices as (
    select invoices.*
    from {{ ref('fct_invoice') }} as invoices
    left join open_orders on invoices.platform = open_orders.platform and invoices.order_native_id = open_orders.native_id
    where invoices.status = 'open' and open_orders.native_id is null
),

billed_a_period as (
    select
        platform,
        subscription_native_id,
        sum({{ times('quantity', 'unit_price') }}) as amount
    from {{ ref('fct_subscription_line') }}
    where charge_type = 'recurring'
    group by platform, subscription_native_id
),

business as (
    select platform, entity, native_id, document_number, deal_key, legal_entity, customer_native_id, customer_key, currency, amount
    from open_orders
    union all
    select platform, entity, native_id, document_number, deal_key, legal_entity, customer_native_id, customer_key, currency, balance
    from open_invoices
    union all
    select
        subscriptions.platform,
        subscriptions.entity,
        subscriptions.native_id,
        subscriptions.document_number,
        subscriptions.deal_key,
        subscriptions.legal_entity,
        subscriptions.customer_native_id,
        subscriptions.customer_key,
        subscriptions.currency,
        billed_a_period.amount
    from {{ ref('fct_subscription') }} as subscriptions
    left join billed_a_period
        on
            subscriptions.platform = billed_a_period.platform
            and subscriptions.native_id = billed_a_period.subscription_native_id
    where subscriptions.status = 'active'
    union all
    select platform, entity, native_id, document_number, deal_key, legal_entity, customer_native_id, customer_key, currency, amount
    from {{ ref('fct_opportunity') }}
    where not is_closed
),

final as (
    select
        platform,
        entity,
        native_id,
        document_number,
        deal_key,
        legal_entity,
        customer_native_id,
        customer_key,
        currency,
        {{ at_most_money('coalesce(amount, 0)') }} as amount
    from business
)

select * from final
