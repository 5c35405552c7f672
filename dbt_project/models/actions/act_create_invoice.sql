with findings as (
    select * from {{ ref('fct_mismatches') }}
    where
        rule = 'invoice_not_in_erp' and state = 'break' and cause = 'document_missing'
        and platform in {{ platforms_obeying('CreateInvoice') }}
),

unordered as (
    select * from {{ ref('fct_mismatches') }} where rule = 'quote_not_ordered'
),

expected as (
    select * from {{ ref('exp_invoice') }}
),

final as (
    select
        {{ action_columns('CreateInvoice', ['findings.platform', 'expected.expected_key'], 'expected.amount') }},
        expected.customer_crm_id,
        expected.order_native_id,
        expected.billing_number,
        expected.invoiced_on,
        expected.due_on
    from findings
    inner join expected on findings.platform = expected.platform and findings.native_id = expected.source_native_id
    where
        not exists (
            select 1 from unordered
            where unordered.platform = findings.platform and unordered.deal_key = findings.deal_key
        )
)

select * from final
