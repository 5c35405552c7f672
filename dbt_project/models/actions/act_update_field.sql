with findings as (
    select * from {{ ref('fct_mismatches') }}
    where state = 'break' and (proposes = 'UpdateField' or (proposes = 'UpdateStatus' and attribute <> 'status'))
),

systems as (
    select * from {{ ref('dim_system') }}
),

ownership as (
    select * from {{ ref('ownership') }}
),

allowed as (
    select distinct
        systems.legal_entity,
        systems.platform,
        ownership.entity,
        ownership.attribute
    from ownership
    inner join systems
        on
            ownership.legal_entity in ('*', systems.legal_entity)
            and concat(' ', ownership.copies_allowed_in, ' ') like concat('% ', systems.role, ' %')
),

final as (
    select
        {{ action_columns(
            'UpdateField',
            ['findings.platform', 'findings.entity', 'findings.native_id', 'findings.attribute', 'findings.observed_version'],
            'findings.amount_at_risk') }},
        findings.entity,
        findings.native_id,
        findings.attribute,
        findings.observed_value as observed,
        findings.expected_value as value,
        findings.observed_version
    from findings
    inner join allowed
        on
            findings.legal_entity = allowed.legal_entity
            and findings.platform = allowed.platform
            and findings.entity = allowed.entity
            and findings.attribute = allowed.attribute
    where
        findings.cause not in ('record_missing', 'price_missing', 'line_missing', 'line_surplus', 'product', 'billing_period')
        and not (findings.entity = 'subscription' and findings.attribute = 'start_on')
)

select * from final
