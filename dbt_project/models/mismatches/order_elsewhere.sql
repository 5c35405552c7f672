{{ by_deal() }}

with orders as (
    select * from {{ ref('fct_order') }}
    where status is distinct from 'closed'
),

systems as (
    select * from {{ ref('dim_system') }}
),

expected as (
    select expected.*
    from {{ ref('exp_order') }} as expected
    inner join systems
        on expected.platform = systems.platform and expected.legal_entity = systems.legal_entity and systems.role = 'erp'
),

ledgers as (
    select distinct platform
    from systems
    where role in ('erp', 'orders')
),

final as (
    select
        orders.platform,
        orders.native_id,
        orders.document_number,
        orders.deal_key,
        orders.legal_entity,
        orders.company_code,
        orders.currency,
        orders.amount,
        orders.created_at,
        orders.source_updated_at,
        expected.legal_entity as expected_legal_entity,
        expected.platform as expected_platform,
        expected.amount as expected_amount,
        expected.currency as expected_currency,
        expected.quote_id,
        expected.quote_number,
        expected.source_platform
    from orders
    inner join ledgers on orders.platform = ledgers.platform
    inner join expected on orders.quote_id = expected.quote_id
    where orders.legal_entity is distinct from expected.legal_entity
)

select * from final
