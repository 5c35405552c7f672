{{ by_deal() }}

with collecting as (
    select * from {{ ref('dim_system') }} where role = 'payments'
),

matched as (
    select distinct
        source_platform,
        source_native_id,
        invoice_number
    from {{ ref('exp_payment_allocation') }}
    where is_matched
),

given as (
    select
        platform,
        payment_native_id,
        sum(amount) as amount
    from {{ ref('fct_refund') }}
    where status = 'succeeded'
    group by platform, payment_native_id
),

final as (
    select
        payments.platform,
        payments.native_id,
        payments.deal_key,
        payments.legal_entity,
        payments.currency,
        coalesce(matched.invoice_number, payments.invoice_number) as invoice_number,
        -- what was given back in part is no longer in a payment's amount
        {{ money("payments.amount + case when payments.status = 'succeeded' then coalesce(given.amount, 0) else 0 end") }} as amount
    from {{ ref('fct_payment') }} as payments
    inner join collecting on payments.platform = collecting.platform and payments.legal_entity = collecting.legal_entity
    left join given on payments.platform = given.platform and payments.native_id = given.payment_native_id
    left join matched on payments.platform = matched.source_platform and payments.native_id = matched.source_native_id
    where payments.status in ('succeeded', 'refunded')
)

select * from final
