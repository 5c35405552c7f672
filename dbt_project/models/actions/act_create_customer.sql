with findings as (
    select * from {{ ref('fct_mismatches') }}
    where
        rule = 'customer_missing' and state = 'break' and cause = 'record_missing'
        and platform in {{ platforms_obeying('CreateCustomer') }}
),

expected as (
    select * from {{ ref('exp_customer') }}
),

final as (
    select
        {{ action_columns('CreateCustomer', ['findings.platform', 'expected.expected_key'], 'findings.amount_at_risk') }},
        expected.crm_id,
        expected.name,
        expected.email,
        expected.phone,
        expected.street,
        expected.city,
        expected.state,
        expected.postal_code,
        expected.country,
        expected.payment_terms
    from findings
    inner join expected on findings.platform = expected.platform and findings.native_id = expected.source_native_id
)

select * from final
