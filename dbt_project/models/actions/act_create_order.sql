with findings as (
    select * from {{ ref('fct_mismatches') }}
    where
        rule in ('quote_not_ordered', 'customer_missing') and state = 'break' and cause in ('document_missing', 'record_missing')
        and platform in {{ platforms_obeying('CreateOrder') }}
),

incomplete as (
    select * from {{ ref('incomplete_document') }}
),

expected as (
    select * from {{ ref('exp_order') }} as documents
    where
        not exists (
            select 1 from incomplete
            where
                incomplete.platform = documents.source_platform
                and incomplete.entity = documents.source_entity
                and incomplete.native_id = documents.source_native_id
        )
),

orders as (
    select * from {{ ref('quoted_order') }}
),

new_customers as (
    select * from {{ ref('act_create_customer') }}
),

answered as (
    select
        expected.expected_key,
        findings.fingerprint,
        cast(null as string) as depends_on_key
    from findings
    inner join expected
        on
            findings.rule = 'quote_not_ordered'
            and findings.platform = expected.platform
            and findings.native_id = expected.source_native_id
    union all
    select
        expected.expected_key,
        new_customers.fingerprint,
        new_customers.action_key as depends_on_key
    from new_customers
    inner join expected
        on new_customers.platform = expected.platform and new_customers.crm_id = expected.customer_crm_id
    left join orders on expected.platform = orders.platform and expected.quote_id = orders.quote_id
    where orders.native_id is null
),

final as (
    select
        {{ action_columns(
            'CreateOrder', ['findings.platform', 'expected.expected_key'], 'expected.amount', 'answered.depends_on_key',
            'expected.deal_key', 'expected.currency') }},
        expected.customer_crm_id,
        expected.quote_id,
        expected.quote_number,
        cast(expected.ordered_at as date) as ordered_on,
        expected.start_on,
        expected.end_on
    from answered
    inner join expected on answered.expected_key = expected.expected_key
    inner join findings on answered.fingerprint = findings.fingerprint
)

select * from final
