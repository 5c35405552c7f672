with findings as (
    select * from {{ ref('fct_mismatches') }}
    where state = 'break' and (proposes = 'UpdateField' or (proposes = 'UpdateStatus' and attribute <> 'status'))
),

copies as (
    select * from {{ ref('dim_copy') }}
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
        findings.observed_version
    from findings
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
            'record_missing', 'price_missing', 'line_missing', 'line_surplus', 'product', 'billing_period', 'document_incomplete'
        )
        and not (findings.entity = 'subscription' and findings.attribute = 'start_on')
)

select * from final
