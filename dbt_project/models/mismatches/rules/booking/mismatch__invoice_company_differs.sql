{{ by_deal() }}

with pairs as (
    select
        expected.source_platform,
        expected.billing_number,
        expected.deal_key as billed_deal_key,
        expected.source_updated_at as billed_at,
        expected.due_at as billed_first_at,
        expected.legal_entity as expected_legal_entity,
        expected.invoiced_on as expected_invoiced_on,
        expected.due_on as expected_due_on,
        invoices.*
    from {{ ref('exp_invoice') }} as expected
    inner join {{ ref('fct_invoice') }} as invoices
        on expected.platform = invoices.platform and expected.billing_number = invoices.billing_number
    where invoices.status is distinct from 'void'
),

differing as (
    select
        *,
        'legal_entity' as attribute,
        'company_differs' as cause,
        expected_legal_entity as expected_value,
        legal_entity as observed_value,
        amount as amount_at_risk
    from pairs
    where legal_entity is distinct from expected_legal_entity
    union all
    select
        *,
        'invoiced_on' as attribute,
        'period_differs' as cause,
        cast(expected_invoiced_on as string) as expected_value,
        cast(invoiced_on as string) as observed_value,
        amount - coalesce(tax_amount, 0) as amount_at_risk
    from pairs
    where date_trunc('month', invoiced_on) is distinct from date_trunc('month', expected_invoiced_on)
    union all
    -- another invoice date moves the due date with it
    select
        *,
        'due_on' as attribute,
        'due_date_differs' as cause,
        cast(expected_due_on as string) as expected_value,
        cast(due_on as string) as observed_value,
        balance as amount_at_risk
    from pairs
    where
        due_on is distinct from expected_due_on
        and expected_due_on is not null
        and date_trunc('month', invoiced_on) is not distinct from date_trunc('month', expected_invoiced_on)
),

found as (
    select
        native_id as identity,
        source_platform,
        billed_deal_key as deal_key,
        expected_legal_entity as legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        attribute,
        expected_value,
        observed_value,
        abs(amount_at_risk) as amount_at_risk,
        currency,
        cause,
        concat_ws(
            ' ', 'Invoice', document_number, 'of', {{ readable_money('amount', 'currency') }}, 'in', platform,
            case cause when 'company_differs' then 'is booked in company' when 'period_differs' then 'is dated' else 'is due on' end,
            coalesce(observed_value, 'unknown'), 'but', billing_number, 'in', source_platform,
            case cause when 'company_differs' then 'was issued by' when 'period_differs' then 'is dated' else 'is due on' end, expected_value
        ) as evidence,
        greatest(billed_at, billed_first_at, created_at) as due_at,
        source_updated_at as observed_version
    from differing
),

final as (
    {{ judged('invoice_company_differs') }}
)

select * from final
