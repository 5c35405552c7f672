{{ by_deal() }}

with invoices as (
    select * from {{ ref('obs_invoice') }}
),

billed as (
    select
        platform,
        invoice_native_id,
        min(subscription_number) as subscription_number
    from {{ ref('obs_invoice_line') }}
    where subscription_number is not null
    group by platform, invoice_native_id
),

subscriptions as (
    {{ one_per_number(ref('link_subscription'), ['legal_entity']) }}
),

orders as (
    select * from {{ ref('link_order') }}
),

issued as (
    select
        invoices.platform,
        invoices.native_id,
        invoices.legal_entity,
        invoices.document_number,
        subscriptions.deal_key,
        subscriptions.platform as parent_platform,
        subscriptions.native_id as parent_native_id
    from invoices
    inner join billed
        on invoices.platform = billed.platform and invoices.native_id = billed.invoice_native_id
    inner join subscriptions
        on invoices.legal_entity = subscriptions.legal_entity and billed.subscription_number = subscriptions.document_number
),

numbered as (
    {{ one_per_number('issued', ['legal_entity']) }}
),

final as (
    select
        invoices.platform,
        invoices.native_id,
        invoices.document_number,
        invoices.legal_entity,
        coalesce(
            issued.deal_key, numbered.deal_key, orders.deal_key, concat_ws(':', invoices.platform, invoices.native_id)
        ) as deal_key,
        coalesce(issued.parent_platform, numbered.platform, orders.platform) as parent_platform,
        case
            when issued.native_id is not null then 'subscription'
            when numbered.native_id is not null then 'invoice'
            when orders.native_id is not null then 'order'
        end as parent_entity,
        coalesce(issued.parent_native_id, numbered.native_id, orders.native_id) as parent_native_id
    from invoices
    left join issued
        on invoices.platform = issued.platform and invoices.native_id = issued.native_id
    left join numbered
        on
            invoices.legal_entity = numbered.legal_entity
            and invoices.billing_number = numbered.document_number
            and invoices.platform <> numbered.platform
    left join orders
        on invoices.platform = orders.platform and invoices.order_native_id = orders.native_id
)

select * from final
