{{ by_deal() }}

with pairs as (
    select
        expected.source_platform,
        expected.billing_number,
        expected.source_updated_at as billed_at,
        expected.due_at as billed_first_at,
        expected.amount as expected_amount,
        expected.tax_amount as expected_tax,
        invoices.*
    from {{ ref('exp_invoice') }} as expected
    inner join {{ ref('fct_invoice') }} as invoices
        on expected.platform = invoices.platform and expected.billing_number = invoices.billing_number
    left join {{ ref('credited_invoice') }} as credited on invoices.platform = credited.platform and invoices.native_id = credited.native_id
    -- a copy that was credited as it stands, with its own tax, left nothing in the books
    where
        invoices.status is distinct from 'void'
        and (invoices.currency is not distinct from expected.currency)
        and (
            credited.amount is distinct from invoices.amount
            or coalesce(credited.tax_amount, invoices.tax_amount, 0) <> coalesce(invoices.tax_amount, 0)
        )
),

engines as (
    select
        legal_entity,
        platform
    from {{ ref('dim_system') }}
    where role = 'tax'
),

-- billing asked nobody for the tax of an invoice: tax_document_missing
untaxed as (
    select pairs.billing_number
    from pairs
    inner join engines on pairs.legal_entity = engines.legal_entity
    left join {{ ref('fct_tax_document') }} as documents
        on engines.platform = documents.platform and pairs.billing_number = documents.invoice_number
    where coalesce(pairs.expected_tax, 0) = 0 and documents.native_id is null
),

-- where net and tax both differ, and so the total, the difference is the total's
differing as (
    select
        *,
        coalesce(tax_amount, 0) - coalesce(expected_tax, 0) as difference
    from pairs
    where
        tax_amount is distinct from expected_tax
        and billing_number not in (select billing_number from untaxed)
        and (amount = expected_amount or amount - coalesce(tax_amount, 0) = expected_amount - coalesce(expected_tax, 0))
),

found as (
    select
        native_id as identity,
        source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        'tax_amount' as attribute,
        {{ plain_decimal('expected_tax') }} as expected_value,
        {{ plain_decimal('tax_amount') }} as observed_value,
        abs(difference) as amount_at_risk,
        currency,
        case when amount = expected_amount then 'net_and_tax_differ' else 'tax_differs' end as cause,
        concat_ws(
            ' ', 'Invoice', document_number, 'in', platform, 'has', {{ readable_money('coalesce(tax_amount, 0)', 'currency') }}, 'of tax, but',
            billing_number, 'in', source_platform, {{ readable_money('coalesce(expected_tax, 0)', 'currency') }},
            case when amount = expected_amount then 'in the same total' else 'on the same net amount' end
        ) as evidence,
        greatest(billed_at, billed_first_at, created_at) as due_at,
        source_updated_at as observed_version
    from differing
),

final as (
    {{ judged('invoice_tax_differs') }}
)

select * from final
