{{ by_deal() }}

with collecting as (
    select * from {{ ref('dim_system') }} where role = 'payments'
),

issuing as (
    {{ issuing_systems() }}
),

payments as (
    select * from {{ ref('collected_payment') }}
),

refunds as (
    select
        refunds.*,
        coalesce(payments.invoice_number, refunds.invoice_number) as claimed_number,
        payments.native_id is not null as is_of_known_payment
    from {{ ref('fct_refund') }} as refunds
    inner join collecting on refunds.platform = collecting.platform and refunds.legal_entity = collecting.legal_entity
    left join payments on refunds.platform = payments.platform and refunds.payment_native_id = payments.native_id
    where refunds.status = 'succeeded'
),

collected as (
    select
        legal_entity,
        invoice_number,
        currency,
        sum(amount) as amount
    from payments
    group by legal_entity, invoice_number, currency
),

invoices as (
    select
        invoices.legal_entity,
        invoices.platform,
        invoices.document_number as invoice_number,
        invoices.currency,
        max(case when invoices.status = 'void' then 0 else invoices.amount end) as amount
    from {{ ref('fct_invoice') }} as invoices
    inner join issuing on invoices.platform = issuing.platform and invoices.legal_entity = issuing.legal_entity
    where invoices.amount >= 0
    group by invoices.legal_entity, invoices.platform, invoices.document_number, invoices.currency
),

credits as (
    select * from {{ ref('issued_credit') }}
),

credited_invoices as (
    select
        legal_entity,
        invoice_number,
        currency,
        sum(amount) as amount
    from credits
    where invoice_number is not null
    group by legal_entity, invoice_number, currency
),

-- what names no invoice serves any of its deal
credited_deals as (
    select
        deal_key,
        currency,
        sum(amount) as amount
    from credits
    where invoice_number is null
    group by deal_key, currency
),

compared as (
    select
        refunds.*,
        issuing.platform as billing_platform,
        invoices.amount as invoice_amount,
        coalesce(collected.amount, 0) as collected_amount,
        coalesce(credited_invoices.amount, 0) + coalesce(credited_deals.amount, 0) as credited_amount,
        sum(refunds.amount) over (
            partition by
                refunds.legal_entity, refunds.currency,
                coalesce(refunds.claimed_number, concat_ws(':', refunds.platform, refunds.payment_native_id, refunds.deal_key))
            order by refunds.refunded_at, refunds.native_id
            rows between unbounded preceding and current row
        ) as refunded_amount
    from refunds
    inner join issuing on refunds.legal_entity = issuing.legal_entity
    left join invoices
        on
            refunds.legal_entity = invoices.legal_entity
            and refunds.claimed_number = invoices.invoice_number
            and refunds.currency = invoices.currency
    left join collected
        on
            refunds.legal_entity = collected.legal_entity
            and refunds.claimed_number = collected.invoice_number
            and refunds.currency = collected.currency
    left join credited_invoices
        on
            refunds.legal_entity = credited_invoices.legal_entity
            and refunds.claimed_number = credited_invoices.invoice_number
            and refunds.currency = credited_invoices.currency
    left join credited_deals on refunds.deal_key = credited_deals.deal_key and refunds.currency = credited_deals.currency
),

justified as (
    select
        *,
        -- of an invoice that is not known nobody can say that too much was collected
        case
            when invoice_amount is null then credited_amount
            else greatest(collected_amount - greatest(invoice_amount - credited_amount, 0), 0)
        end as justified_amount
    from compared
),

final as (
    select
        platform,
        billing_platform,
        entity,
        native_id,
        document_number,
        deal_key,
        legal_entity,
        currency,
        payment_native_id,
        payment_ref,
        claimed_number as invoice_number,
        amount,
        reason,
        refunded_at,
        created_at,
        source_updated_at,
        {{ money('invoice_amount') }} as invoice_amount,
        {{ money('credited_amount') }} as credited_amount,
        {{ money('greatest(least(amount, refunded_amount - justified_amount), 0)') }} as uncredited_amount,
        case
            when invoice_amount is null and not is_of_known_payment then 'payment_unknown'
            when invoice_amount is null then 'invoice_unknown'
        end as lack
    from justified
)

select * from final
