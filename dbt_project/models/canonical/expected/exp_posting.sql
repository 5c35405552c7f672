{{ by_deal() }}

with systems as (
    select * from {{ ref('dim_system') }}
),

charges as (
    select payments.*
    from {{ ref('fct_payment') }} as payments
    inner join systems
        on payments.platform = systems.platform and payments.legal_entity = systems.legal_entity and systems.role = 'payments'
    where payments.status in ('succeeded', 'refunded') and payments.payment_ref is not null
),

subscriptions as (
    select * from {{ ref('fct_subscription') }}
),

months as (
    select * from {{ ref('revenue_month') }}
    where amount <> 0
),

events as (
    select
        'processor_fee' as kind,
        platform,
        entity,
        native_id,
        coalesce(invoice_number, payment_ref) as document_number,
        deal_key,
        customer_key,
        legal_entity,
        currency,
        source_updated_at,
        greatest(paid_at, created_at) as due_at,
        concat_ws(':', 'FEE', payment_ref) as journal_ref,
        cast({{ dbt.dateadd('day', 1, 'cast(paid_at as date)') }} as date) as posted_on,
        fee_amount as amount,
        coalesce(invoice_number, payment_ref) as subject
    from charges
    where fee_amount > 0
    union all
    select
        'revenue_release' as kind,
        subscriptions.platform,
        subscriptions.entity,
        subscriptions.native_id,
        subscriptions.document_number,
        subscriptions.deal_key,
        subscriptions.customer_key,
        subscriptions.legal_entity,
        subscriptions.currency,
        months.source_updated_at,
        cast(months.over_on as timestamp) as due_at,
        concat_ws(':', 'REV', subscriptions.document_number, cast(months.service_month as string)) as journal_ref,
        cast({{ dbt.dateadd('day', -1, 'months.over_on') }} as date) as posted_on,
        months.amount,
        concat_ws(' ', subscriptions.document_number, 'month', cast(months.service_month as string)) as subject
    from months
    inner join subscriptions
        on months.platform = subscriptions.platform and months.subscription_native_id = subscriptions.native_id
),

rules as (
    select * from {{ ref('posting_rules') }}
),

final as (
    select
        concat_ws(':', targets.platform, 'posting', events.journal_ref) as expected_key,
        events.deal_key as deal_key,
        events.customer_key as customer_key,
        events.legal_entity,
        targets.platform as platform,
        'journal' as entity,
        events.platform as source_platform,
        events.entity as source_entity,
        events.native_id as source_native_id,
        events.document_number as source_document_number,
        events.source_updated_at as source_updated_at,
        events.currency as currency,
        events.due_at as due_at,
        events.kind,
        events.journal_ref,
        events.posted_on,
        {{ money('abs(events.amount)') }} as amount,
        -- what a credit takes back of revenue goes the other way
        case when events.amount < 0 then rules.credit_account else rules.debit_account end as debit_account,
        case when events.amount < 0 then rules.debit_account else rules.credit_account end as credit_account,
        rules.dimension,
        concat_ws(' ', rules.memo, events.subject) as memo
    from events
    inner join systems as targets
        on events.legal_entity = targets.legal_entity and targets.role = 'erp'
    inner join rules
        on events.kind = rules.kind and events.legal_entity = rules.legal_entity
)

select * from final
