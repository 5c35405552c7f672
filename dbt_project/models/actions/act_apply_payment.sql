with findings as (
    select * from {{ ref('fct_mismatches') }}
    where
        state = 'break'
        and platform in {{ platforms_obeying('ApplyPayment') }}
        and (rule = 'invoice_not_in_erp' or (rule = 'payment_not_applied' and cause = 'payment_missing'))
),

expected as (
    select * from {{ ref('exp_payment_allocation') }}
),

payments as (
    select
        platform,
        payment_ref
    from {{ ref('fct_payment') }}
    group by platform, payment_ref
),

new_invoices as (
    select * from {{ ref('act_create_invoice') }}
),

answered as (
    select
        expected.expected_key,
        findings.fingerprint,
        cast(null as string) as depends_on_key
    from findings
    inner join expected
        on
            findings.rule = 'payment_not_applied'
            and findings.platform = expected.platform
            and findings.document_number = expected.payment_ref
            and expected.is_matched is distinct from true
    union all
    select
        expected.expected_key,
        new_invoices.fingerprint,
        new_invoices.action_key as depends_on_key
    from new_invoices
    inner join expected
        on new_invoices.platform = expected.platform and new_invoices.billing_number = expected.invoice_number
    left join payments on expected.platform = payments.platform and expected.payment_ref = payments.payment_ref
    where payments.payment_ref is null and expected.amount > 0 and expected.is_matched is distinct from true
),

final as (
    select
        {{ action_columns(
            'ApplyPayment', ['findings.platform', 'expected.expected_key'], 'expected.amount', 'answered.depends_on_key') }},
        expected.customer_crm_id,
        expected.invoice_native_id,
        expected.invoice_number,
        expected.payment_ref,
        cast(expected.paid_at as date) as paid_on
    from answered
    inner join expected on answered.expected_key = expected.expected_key
    inner join findings on answered.fingerprint = findings.fingerprint
)

select * from final
