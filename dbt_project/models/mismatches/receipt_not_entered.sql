{{ by_deal() }}

with systems as (
    select * from {{ ref('dim_system') }}
),

collecting as (
    select * from systems where role = 'payments'
),

receipts as (
    select payments.*
    from {{ ref('fct_payment') }} as payments
    inner join collecting on payments.platform = collecting.platform and payments.legal_entity = collecting.legal_entity
    where payments.status = 'succeeded' and payments.payment_ref is not null
),

ledgers as (
    select distinct
        legal_entity,
        platform,
        observed_through
    from systems
    where role in ('billing', 'erp')
),

entered as (
    select distinct
        payments.legal_entity,
        payments.payment_ref
    from {{ ref('fct_payment') }} as payments
    inner join ledgers on payments.platform = ledgers.platform and payments.legal_entity = ledgers.legal_entity
    where payments.status is distinct from 'failed' and payments.status is distinct from 'refunded'
),

-- what is asked for by its invoice is judged by that
asked as (
    select distinct
        source_platform,
        source_native_id
    from {{ ref('cash_application') }}
),

repeated as (
    select * from {{ ref('payment_repeated') }}
),

final as (
    select
        ledgers.platform,
        receipts.platform as source_platform,
        receipts.entity,
        receipts.native_id,
        receipts.payment_ref,
        receipts.deal_key,
        receipts.legal_entity,
        receipts.currency,
        receipts.amount,
        receipts.paid_at,
        receipts.created_at,
        ledgers.observed_through
    from receipts
    left join asked on receipts.platform = asked.source_platform and receipts.native_id = asked.source_native_id
    left join entered on receipts.payment_ref = entered.payment_ref and receipts.legal_entity = entered.legal_entity
    left join repeated on receipts.platform = repeated.platform and receipts.native_id = repeated.native_id
    inner join ledgers on receipts.legal_entity = ledgers.legal_entity
    where asked.source_native_id is null and entered.payment_ref is null and repeated.native_id is null
)

select * from final
