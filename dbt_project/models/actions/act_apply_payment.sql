with findings as (
    select * from {{ ref('fct_mismatches') }}
    where rule = 'payment_not_applied' and cause = 'payment_missing' and state = 'break'
),

expected as (
    select * from {{ ref('exp_payment_allocation') }}
),

final as (
    select
        {{ action_columns('ApplyPayment', ['findings.platform', 'expected.expected_key'], 'expected.amount') }},
        expected.customer_crm_id,
        expected.invoice_native_id,
        expected.invoice_number,
        expected.payment_ref,
        cast(expected.paid_at as date) as paid_on
    from findings
    inner join expected on findings.platform = expected.platform and findings.document_number = expected.payment_ref
)

select * from final
