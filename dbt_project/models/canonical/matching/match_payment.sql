{{ config(materialized='view') }}

with payments as (
    select * from {{ ref('fct_payment') }}
    where status = 'succeeded'
),

collecting as (
    select * from {{ ref('dim_system') }}
    where role = 'payments'
),

referred as (
    select * from {{ ref('link_payment') }}
    where parent_entity = 'invoice' and matched_score is null
),

customers as (
    select * from {{ ref('xref_customer') }}
),

-- a bank's file may name the customer as the CRM does
known as (
    select
        crm_id,
        min(customer_key) as customer_key
    from customers
    where crm_id is not null
    group by crm_id
),

final as (
    select
        payments.platform,
        payments.entity,
        payments.native_id,
        payments.document_number,
        payments.legal_entity as scope,
        payments.currency,
        payments.amount,
        payments.paid_at as happened_at,
        payments.invoice_number as text,
        coalesce(customers.customer_key, known.customer_key) as customer,
        referred.parent_platform as linked_platform,
        referred.parent_native_id as linked_native_id
    from payments
    inner join collecting
        on payments.platform = collecting.platform and payments.legal_entity = collecting.legal_entity
    left join referred
        on payments.platform = referred.platform and payments.native_id = referred.native_id
    left join customers
        on payments.platform = customers.platform and payments.customer_native_id = customers.native_id
    left join known
        on payments.customer_native_id = known.crm_id
)

select * from final
