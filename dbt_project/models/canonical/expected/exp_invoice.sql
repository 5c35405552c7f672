{{ by_deal() }}

with systems as (
    select * from {{ ref('dim_system') }}
),

billed as (
    select invoices.*
    from {{ ref('fct_invoice') }} as invoices
    inner join systems
        on invoices.platform = systems.platform and invoices.legal_entity = systems.legal_entity and systems.role = 'billing'
    left join {{ ref('repeated_invoice') }} as repeated
        on invoices.platform = repeated.platform and invoices.native_id = repeated.native_id
    where invoices.status in ('open', 'paid') and repeated.native_id is null
),

erp_orders as (
    select
        orders.platform,
        orders.deal_key,
        min_by(orders.native_id, concat_ws('|', cast(orders.created_at as string), orders.native_id)) as native_id
    from {{ ref('fct_order') }} as orders
    where orders.status <> 'closed'
    group by orders.platform, orders.deal_key
),

customers as (
    select * from {{ ref('xref_customer') }}
),

final as (
    select
        concat_ws(':', targets.platform, 'invoice', billed.document_number) as expected_key,
        billed.deal_key as deal_key,
        billed.customer_key as customer_key,
        billed.legal_entity,
        targets.platform as platform,
        'invoice' as entity,
        billed.platform as source_platform,
        billed.entity as source_entity,
        billed.native_id as source_native_id,
        billed.document_number as source_document_number,
        billed.source_updated_at as source_updated_at,
        billed.currency as currency,
        billed.created_at as due_at,
        billed.document_number as billing_number,
        customers.crm_id as customer_crm_id,
        erp_orders.native_id as order_native_id,
        billed.invoiced_on,
        billed.due_on,
        billed.amount,
        billed.tax_amount
    from billed
    inner join systems as targets
        on billed.legal_entity = targets.legal_entity and targets.role = 'erp'
    left join customers
        on billed.platform = customers.platform and billed.customer_native_id = customers.native_id
    left join erp_orders
        on targets.platform = erp_orders.platform and billed.deal_key = erp_orders.deal_key
)

select * from final
