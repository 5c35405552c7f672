{#- Payments with what of them stands against closing: what is applied to no invoice, less what was accepted and what waits for an invoice that is
    not booked; once, with what is not applied in billing or in the books, whichever is more. -#}
{% macro cash_against_close() %}
    -- a payment in each of the platforms that should apply it
    with payments as (
        {% for side in ['billing', 'erp'] %}
        select
            platform as source_platform, native_id, legal_entity, currency, paid_at, payment_ref,
            coalesce(payment_ref, concat_ws(':', platform, native_id)) as payment_key,
            {{ side }}_platform as platform, amount - {{ side }}_applied_amount as open_amount
        from {{ ref('mart_cash_application') }} where open_amount > 0 and not is_repeated and {{ side }}_platform is not null
        {{ 'union all' if not loop.last }}
        {% endfor %}
    ),

    -- what of it a person accepted; a finding is about the payment there, or about the charge that should be one
    accepted_cash as (
        select
            found.legal_entity,
            found.platform,
            found.currency,
            coalesce(held.payment_ref, held.platform || ':' || held.native_id, found.document_number) as payment_key,
            sum(found.amount_at_risk) as amount
        from {{ ref('finding') }} as found
        inner join {{ ref('operations_case') }} as cases on found.fingerprint = cases.fingerprint and cases.state = 'accepted'
        left join {{ ref('fct_payment') }} as held on found.platform = held.platform and found.native_id = held.native_id
        where
            found.rule in ('cash_unallocated', 'payment_not_applied', 'payment_application_differs')
            and found.cause is distinct from 'receipt_missing' and found.cause is distinct from 'invoice_over_applied'
        group by
            found.legal_entity, found.platform, found.currency,
            coalesce(held.payment_ref, held.platform || ':' || held.native_id, found.document_number)
    ),

    -- what waits for an invoice that is not booked: that is what stands against closing, or was accepted
    unbooked as (
        select platform, legal_entity, currency, expected_value as invoice_number, amount_at_risk as amount
        from {{ ref('finding') }} where rule = 'invoice_not_in_erp'
        union all
        select platform, legal_entity, currency, coalesce(billing_number, document_number) as invoice_number, amount
        from {{ ref('fct_invoice') }} where status = 'draft'
    ),

    waiting_cash as (
        select
            wanted.legal_entity,
            wanted.platform,
            wanted.currency,
            wanted.payment_ref,
            sum(least(wanted.amount, unbooked.amount)) as amount
        from {{ ref('exp_payment_allocation') }} as wanted
        inner join unbooked
            on
                wanted.platform = unbooked.platform
                and wanted.legal_entity = unbooked.legal_entity
                and wanted.currency = unbooked.currency
                and wanted.invoice_number = unbooked.invoice_number
        group by wanted.legal_entity, wanted.platform, wanted.currency, wanted.payment_ref
    )

    select
        payments.source_platform,
        payments.native_id,
        payments.legal_entity,
        payments.currency,
        payments.paid_at,
        max(payments.open_amount - coalesce(accepted_cash.amount, 0) - coalesce(waiting_cash.amount, 0)) as open_amount
    from payments
    left join accepted_cash
        on
            payments.legal_entity = accepted_cash.legal_entity
            and payments.platform = accepted_cash.platform
            and payments.currency = accepted_cash.currency
            and payments.payment_key = accepted_cash.payment_key
    left join waiting_cash
        on
            payments.legal_entity = waiting_cash.legal_entity
            and payments.platform = waiting_cash.platform
            and payments.currency = waiting_cash.currency
            and payments.payment_ref = waiting_cash.payment_ref
    group by payments.source_platform, payments.native_id, payments.legal_entity, payments.currency, payments.paid_at
{% endmacro %}
