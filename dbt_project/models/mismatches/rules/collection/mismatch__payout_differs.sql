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

summed as (
    select
        platform,
        payout_native_id,
        sum(net_amount) as amount
    from lines
    group by platform, payout_native_id
),

apart as (
    select
        payouts.platform,
        payouts.legal_entity,
        cast(null as string) as deal_key,
        payouts.entity,
        payouts.native_id,
        payouts.document_number,
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
    select
        platform,
        legal_entity,
        count(case when not is_itemised then 1 end) as opaque_count
    from payouts
    group by platform, legal_entity
),

sent as (
    select distinct
        platform,
        payment_native_id
    from lines
    where payment_native_id is not null
),

kept as (
    select
        payments.platform,
        payments.legal_entity,
        payments.deal_key,
        payments.entity,
        payments.native_id,
        payments.document_number,
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
    from {{ ref('fct_payment') }} as payments
    inner join paying on payments.platform = paying.platform and payments.legal_entity = paying.legal_entity
    left join sent on payments.platform = sent.platform and payments.native_id = sent.payment_native_id
    where payments.status = 'succeeded' and sent.payment_native_id is null and paying.opaque_count = 0
),

differing as (
    select * from apart
    union all
    select * from kept
),

found as (
    select
        native_id as identity,
        platform as source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        'amount' as attribute,
        {{ plain_decimal('expected_amount') }} as expected_value,
        {{ plain_decimal('observed_amount') }} as observed_value,
        abs(expected_amount - observed_amount) as amount_at_risk,
        currency,
        cause,
        evidence,
        due_at,
        source_updated_at as observed_version
    from differing
),

final as (
    {{ judged('payout_differs') }}
)

select * from final
