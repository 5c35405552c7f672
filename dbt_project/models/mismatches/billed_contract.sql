{#- Not by deal: what is due moves on with every read of billing, also of deals in which nothing changed. -#}
with expected as (
    select * from {{ ref('exp_subscription') }}
),

billing as (
    select * from {{ ref('dim_system') }} where role = 'billing'
),

periods as (
    select * from {{ ref('billing_periods') }}
),

-- until when a contract runs, as renewed
terms as (
    select
        contract_key,
        max(end_on) as end_on,
        coalesce(max(term_number) > 1 or sum(billed_months) > sum(term_months), false) as is_renewed
    from {{ ref('contract_term') }}
    group by contract_key
),

-- of another term, start or currency subscription_terms_differ tells all
subscriptions as (
    select
        expected.expected_key,
        min(subscriptions.native_id) as native_id,
        min(subscriptions.document_number) as document_number,
        min(subscriptions.created_at) as created_at,
        max(subscriptions.end_on) as end_on
    from expected
    inner join terms on expected.expected_key = terms.contract_key
    inner join {{ ref('fct_subscription') }} as subscriptions
        on expected.platform = subscriptions.platform and expected.quote_number = subscriptions.quote_number
    where
        subscriptions.status in ('active', 'expired')
        and subscriptions.start_on = expected.start_on
        and (subscriptions.term_months = expected.term_months or terms.is_renewed)
        and subscriptions.currency = expected.currency
    group by expected.expected_key
),

lengths as (
    select
        lines.parent_key,
        max(periods.months) as months
    from {{ ref('exp_subscription_line') }} as lines
    inner join periods on lines.billing_period = periods.billing_period
    group by lines.parent_key
),

final as (
    select
        expected.expected_key as contract_key,
        expected.source_platform,
        expected.deal_key,
        expected.legal_entity,
        expected.platform,
        subscriptions.native_id,
        subscriptions.document_number,
        expected.quote_number,
        expected.currency,
        subscriptions.created_at,
        expected.start_on,
        terms.end_on,
        case when terms.is_renewed then subscriptions.end_on end as carried_to_on,
        cast(coalesce(lengths.months, expected.term_months) as bigint) as months,
        cast(billing.observed_through as date) as today
    from expected
    inner join billing on expected.platform = billing.platform and expected.legal_entity = billing.legal_entity
    inner join subscriptions on expected.expected_key = subscriptions.expected_key
    inner join terms on expected.expected_key = terms.contract_key
    left join lengths on expected.expected_key = lengths.parent_key
)

select * from final
