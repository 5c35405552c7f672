with findings as (
    select * from {{ ref('fct_mismatches') }} where proposes = 'UpdateStatus' and attribute = 'status' and state = 'break'
),

final as (
    select
        {{ action_columns(
            'UpdateStatus',
            ['findings.platform', 'findings.entity', 'findings.native_id', 'findings.expected_value', 'findings.observed_version'],
            'findings.amount_at_risk') }},
        findings.entity,
        findings.native_id,
        findings.observed_value as observed,
        findings.expected_value as value,
        findings.observed_version
    from findings
)

select * from final
