with findings as (
    select * from {{ ref('fct_mismatches') }}
    where
        rule in ('order_not_billed', 'customer_missing') and state = 'break' and cause in ('document_missing', 'record_missing')
        and platform in {{ platforms_obeying('CreateSubscription') }}
),

incomplete as (
    select * from {{ ref('incomplete_document') }}
),

expected as (
    select * from {{ ref('exp_subscription') }} as documents
    where
        not exists (
            select 1 from incomplete
            where
                incomplete.entity = 'quote'
                and incomplete.legal_entity = documents.legal_entity
                and incomplete.document_number = documents.quote_number
        )
),

subscriptions as (
    select * from {{ ref('fct_subscription') }}
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
            findings.rule = 'order_not_billed'
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
    left join subscriptions
        on expected.platform = subscriptions.platform and expected.quote_number = subscriptions.quote_number
    where subscriptions.native_id is null
),

final as (
    select
        {{ action_columns(
            'CreateSubscription', ['findings.platform', 'expected.expected_key'], 'expected.amount', 'answered.depends_on_key',
            'expected.deal_key', 'expected.currency') }},
        expected.customer_crm_id,
        expected.quote_number,
        expected.order_number,
        expected.start_on,
        expected.term_months
    from answered
    inner join expected on answered.expected_key = expected.expected_key
    inner join findings on answered.fingerprint = findings.fingerprint
)

select * from final
