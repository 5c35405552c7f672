with systems as (
    select * from {{ ref('dim_system') }} where role = 'payments'
),

payouts as (
    select payouts.*
    from {{ ref('fct_payout') }} as payouts
    inner join systems on payouts.platform = systems.platform and payouts.legal_entity = systems.legal_entity
    where payouts.status is distinct from 'failed'
),

lines as (
    select * from {{ ref('fct_payout_line') }}
),

payments as (
    select * from {{ ref('fct_payment') }} where status = 'succeeded'
),

refunds as (
    select * from {{ ref('fct_refund') }}
),

summed as (
    select platform, payout_native_id, sum(net_amount) as amount
    from lines
    group by platform, payout_native_id
),

apart as (
    select
        payouts.platform, payouts.legal_entity, cast(null as string) as deal_key, payouts.entity, payouts.native_id, payouts.document_number,
        payouts.amount as expected_amount,
        coalesce(summed.amount, 0) as observed_amount,
        payouts.currency,
        payouts.created_at as due_at,
        payouts.source_updated_at,
        'sum_differs' as cause,
        concat_ws(
            ' ', 'Payout', payouts.document_number, 'of', {{ readable_money('payouts.amount', 'payouts.currency') }}, 'in',
            payouts.platform, 'consists of payments, fees and refunds that come to',
            {{ readable_money('coalesce(summed.amount, 0)', 'payouts.currency') }}
        ) as evidence
    from payouts
    left join summed on payouts.platform = summed.platform and payouts.native_id = summed.payout_native_id
    where payouts.is_itemised and payouts.amount <> coalesce(summed.amount, 0)
),

-- an account that has no payout yet, or tells none, is not asked
paying as (
    select platform, legal_entity, count(case when not is_itemised then 1 end) as opaque_count
    from payouts
    group by platform, legal_entity
),

-- a refund that failed comes back, so its lines come to nothing
sent as (
    select platform, 'payment' as entity, payment_native_id as native_id, currency, sum(net_amount) as amount, max(created_at) as created_at
    from lines where payment_native_id is not null
    group by platform, payment_native_id, currency
    union all
    select platform, 'refund' as entity, refund_native_id, currency, sum(amount) as amount, max(created_at) as created_at
    from lines where refund_native_id is not null
    group by platform, refund_native_id, currency
),

sent_payments as (select distinct platform, native_id from sent where entity = 'payment'),

kept as (
    select
        payments.platform, payments.legal_entity, payments.deal_key, payments.entity, payments.native_id, payments.document_number,
        payments.amount - coalesce(payments.fee_amount, 0) as expected_amount,
        {{ money('0') }} as observed_amount,
        payments.currency,
        payments.paid_at as due_at,
        payments.source_updated_at,
        'not_paid_out' as cause,
        concat_ws(
            ' ', 'Payment', payments.document_number, 'of', {{ readable_money('payments.amount', 'payments.currency') }}, 'in',
            payments.platform, 'is in no payout'
        ) as evidence
    from payments
    inner join paying on payments.platform = paying.platform and payments.legal_entity = paying.legal_entity
    left join sent_payments on payments.platform = sent_payments.platform and payments.native_id = sent_payments.native_id
    where sent_payments.native_id is null and paying.opaque_count = 0
),

given_back as (select distinct platform, payment_native_id from refunds),

-- what is left of a payment says nothing of what was paid out before a part was given back
collected as (
    select payments.*, payments.amount - payments.fee_amount as net_amount
    from payments
    left join given_back on payments.platform = given_back.platform and payments.native_id = given_back.payment_native_id
    where given_back.payment_native_id is null
),

moved as (
    select platform, legal_entity, deal_key, entity, native_id, document_number, net_amount as amount, currency, source_updated_at from collected
    union all
    select platform, legal_entity, deal_key, entity, native_id, document_number, -amount, currency, source_updated_at
    from refunds where status = 'succeeded'
),

altered as (
    select
        moved.platform, moved.legal_entity, moved.deal_key, moved.entity, moved.native_id, moved.document_number,
        moved.amount as expected_amount,
        sent.amount as observed_amount,
        moved.currency,
        greatest(sent.created_at, moved.source_updated_at) as due_at,
        moved.source_updated_at,
        'line_differs' as cause,
        concat_ws(
            ' ', case moved.entity when 'payment' then 'Payment' else 'Refund' end, moved.document_number, 'in', moved.platform,
            'comes to', {{ readable_money('moved.amount', 'moved.currency') }}, case moved.entity when 'payment' then 'after its fee' end,
            'and is in its payout with', {{ readable_money('sent.amount', 'moved.currency') }}
        ) as evidence
    from moved
    inner join sent
        on
            moved.platform = sent.platform and moved.entity = sent.entity
            and moved.native_id = sent.native_id and moved.currency = sent.currency
    where moved.amount <> sent.amount
),

differing as (
    select * from apart
    union all
    select * from kept
    union all
    select * from altered
),

found as (
    select
        native_id as identity, platform as source_platform, deal_key, legal_entity, entity, platform, native_id, document_number,
        'amount' as attribute,
        {{ plain_decimal('expected_amount') }} as expected_value,
        {{ plain_decimal('observed_amount') }} as observed_value,
        abs(expected_amount - observed_amount) as amount_at_risk,
        currency, cause, evidence, due_at, source_updated_at as observed_version
    from differing
),

final as (
    {{ judged('payout_differs') }}
)

select * from final
