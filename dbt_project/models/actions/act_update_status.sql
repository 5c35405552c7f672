with findings as (
    select * from {{ ref('fct_mismatches') }}
    where
        proposes = 'UpdateStatus' and attribute = 'status' and state = 'break'
        and platform in {{ platforms_obeying('UpdateStatus') }}
        -- what was agreed goes into the order that it amends, before its own is closed
        and cause is distinct from 'amendment_ordered'
),

copies as (
    select * from {{ ref('dim_copy') }} where attribute = 'status'
),

final as (
    select
        {{ action_columns(
            'UpdateStatus',
            ['findings.platform', 'findings.entity', 'findings.native_id', 'findings.expected_value', 'findings.observed_version'],
            'findings.amount_at_risk', is_unattended_allowed='copies.is_unattended_allowed') }},
        findings.entity,
        findings.native_id,
        findings.observed_value as observed,
        findings.expected_value as value,
        findings.observed_version
    from findings
    inner join copies
        on
            findings.legal_entity = copies.legal_entity
            and findings.platform = copies.platform
            and findings.entity = copies.entity
)

select * from final
