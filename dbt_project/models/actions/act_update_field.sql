with findings as (
    select * from {{ ref('fct_mismatches') }}
    where state = 'break' and (proposes = 'UpdateField' or (proposes = 'UpdateStatus' and attribute <> 'status'))
),

copies as (
    select * from {{ ref('dim_copy') }}
),

-- what stands in an accounting period: of which day
booked as (
    select platform, entity, native_id, invoiced_on as booked_on from {{ ref('fct_invoice') }}
    where status in ('open', 'paid')
    union all
    select lines.platform, lines.entity, lines.native_id, invoices.invoiced_on
    from {{ ref('fct_invoice_line') }} as lines
    inner join {{ ref('fct_invoice') }} as invoices
        on lines.platform = invoices.platform and lines.invoice_native_id = invoices.native_id
    where invoices.status in ('open', 'paid')
    union all
    select platform, entity, native_id, cast(paid_at as date) from {{ ref('fct_payment') }}
    union all
    select platform, entity, native_id, applied_on from {{ ref('fct_payment_allocation') }}
    union all
    select platform, entity, native_id, posted_on from {{ ref('fct_journal') }}
),

final as (
    select
        {{ action_columns(
            'UpdateField',
            ['findings.platform', 'findings.entity', 'findings.native_id', 'findings.attribute', 'findings.observed_version'],
            'findings.amount_at_risk', is_unattended_allowed='copies.is_unattended_allowed') }},
        findings.entity,
        findings.native_id,
        findings.attribute,
        findings.observed_value as observed,
        findings.expected_value as value,
        findings.observed_version,
        -- a document that is moved to another day is booked in both months
        least(
            booked.booked_on,
            case when findings.attribute in ('invoiced_on', 'paid_at', 'applied_on', 'posted_on') then try_cast(findings.expected_value as date) end
        ) as booked_on
    from findings
    left join booked
        on findings.platform = booked.platform and findings.entity = booked.entity and findings.native_id = booked.native_id
    inner join copies
        on
            findings.legal_entity = copies.legal_entity
            and findings.platform = copies.platform
            and findings.entity = copies.entity
            and findings.attribute = copies.attribute
    where
        copies.is_written
        and findings.expected_value is not null
        and findings.cause not in (
            'record_missing', 'price_missing', 'line_missing', 'line_surplus', 'line_quantity', 'product', 'billing_period', 'document_incomplete'
        )
        and not (findings.entity = 'subscription' and findings.attribute = 'start_on')
)

select * from final
