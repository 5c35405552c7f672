{{ config(materialized='view') }}

with invoices as (
    select * from {{ ref('fct_invoice') }}
    where status in ('open', 'paid')
),

issuing as (
    {{ issuing_systems() }}
),

customers as (
    select * from {{ ref('xref_customer') }}
),

paid as (
    select
        linked_platform,
        linked_native_id,
        sum(amount) as amount
    from {{ ref('match_payment') }}
    where linked_native_id is not null
    group by linked_platform, linked_native_id
),

final as (
    select
        invoices.platform,
        invoices.entity,
        invoices.native_id,
        invoices.legal_entity as scope,
        invoices.currency,
        invoices.amount,
        cast(invoices.amount - coalesce(paid.amount, 0) as decimal(18, 4)) as open_amount,
        cast(invoices.invoiced_on as timestamp) as happened_at,
        cast(coalesce(invoices.due_on, invoices.invoiced_on) as timestamp) as due_at,
        coalesce(invoices.billing_number, invoices.document_number) as number,
        customers.customer_key as customer
    from invoices
    inner join issuing
        on invoices.platform = issuing.platform and invoices.legal_entity = issuing.legal_entity
    left join customers
        on invoices.platform = customers.platform and invoices.customer_native_id = customers.native_id
    left join paid
        on invoices.platform = paid.linked_platform and invoices.native_id = paid.linked_native_id
)

select * from final
