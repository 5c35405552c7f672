{{ config(materialized='view') }}

with orders as (
    select * from {{ ref('fct_order') }}
    where status is distinct from 'closed'
),

ordering as (
    select * from {{ ref('dim_system') }}
    where role = 'orders'
),

referred as (
    select * from {{ ref('link_order') }}
    where parent_native_id is not null and matched_score is null
),

customers as (
    select * from {{ ref('xref_customer') }}
),

final as (
    select
        orders.platform,
        orders.entity,
        orders.native_id,
        orders.document_number,
        concat_ws(':', orders.legal_entity, orders.platform) as scope,
        orders.currency,
        orders.amount,
        orders.ordered_at as happened_at,
        orders.quote_number as text,
        customers.customer_key as customer,
        referred.parent_platform as linked_platform,
        referred.parent_native_id as linked_native_id
    from orders
    inner join ordering
        on orders.platform = ordering.platform and orders.legal_entity = ordering.legal_entity
    left join referred
        on orders.platform = referred.platform and orders.native_id = referred.native_id
    left join customers
        on orders.platform = customers.platform and orders.customer_native_id = customers.native_id
)

select * from final
