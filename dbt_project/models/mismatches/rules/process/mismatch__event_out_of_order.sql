{{ by_deal() }}

{#- What has to come first in a deal, and what follows it: event and role of the platform that tells it. The first of each is compared. Clocks of two
    platforms differ, and some tell only the day: what is less than a day early is let pass. -#}
{%- set tolerated_hours = 24 -%}
{%- set pairs = [
    ('QuoteApproved', 'crm', 'QuoteAccepted', 'crm'),
    ('QuoteAccepted', 'crm', 'OrderCreated', 'erp'),
    ('ContractSigned', 'signature', 'OrderCreated', 'erp'),
    ('OrderCreated', 'erp', 'SubscriptionActivated', 'billing'),
    ('OrderCreated', 'erp', 'InvoiceIssued', 'billing'),
    ('InvoiceIssued', 'billing', 'InvoiceIssued', 'erp'),
] -%}
with events as (
    select * from {{ ref('fct_business_events') }}
),

allocations as (
    select * from {{ ref('fct_payment_allocation') }}
),

payments as (
    select * from {{ ref('fct_payment') }}
),

systems as (
    select * from {{ ref('dim_system') }}
),

told as (
    select
        events.*,
        systems.role,
        case
            when events.is_day_only then {{ dbt.dateadd('second', 86399, 'events.occurred_at') }} else events.occurred_at
        end as latest_at,
        row_number() over (
            partition by events.deal_key, events.event_type, systems.role
            order by events.sequence
        ) as place
    from events
    inner join systems on events.platform = systems.platform and events.legal_entity = systems.legal_entity
),

-- of what must come first the earliest counts, and of what follows the earliest as well
pairs as (
    {% for first, first_role, second, second_role in pairs %}
    select
        first.platform as first_platform,
        first.event_type as first_type,
        first.document_number as first_number,
        first.occurred_at as first_at,
        second.deal_key,
        second.legal_entity,
        second.platform,
        second.entity,
        second.native_id,
        second.document_number,
        second.event_type,
        second.occurred_at,
        second.latest_at,
        second.recorded_at,
        coalesce(second.amount, first.amount, 0) as amount,
        coalesce(second.currency, first.currency) as currency
    from told as first
    inner join told as second on first.deal_key = second.deal_key and first.legal_entity = second.legal_entity
    where
        first.event_type = '{{ first }}' and first.role = '{{ first_role }}' and first.place = 1
        and second.event_type = '{{ second }}' and second.role = '{{ second_role }}' and second.place = 1
    union all
    {% endfor %}
    select
        payments.platform as first_platform,
        'PaymentReceived',
        coalesce(payments.document_number, payments.payment_ref),
        payments.paid_at,
        allocations.deal_key,
        allocations.legal_entity,
        allocations.platform,
        allocations.entity,
        allocations.native_id,
        coalesce(allocations.document_number, allocations.payment_ref),
        'PaymentApplied',
        allocations.created_at,
        {{ dbt.dateadd('second', 86399, dbt.date_trunc('day', 'allocations.created_at')) }},
        allocations.source_updated_at,
        allocations.amount,
        allocations.currency
    from allocations
    inner join payments on allocations.deal_key = payments.deal_key and allocations.payment_ref = payments.payment_ref
    inner join systems
        on payments.platform = systems.platform and payments.legal_entity = systems.legal_entity and systems.role = 'payments'
),

-- a document that came before several others that it follows is one finding, of the one that it is furthest ahead of
early as (
    select
        *,
        row_number() over (
            partition by platform, entity, native_id
            order by first_at desc, first_platform, first_type, first_number nulls last
        ) as place
    from pairs
    where {{ dbt.dateadd('hour', tolerated_hours, 'latest_at') }} < first_at
),

found as (
    select
        concat_ws('|', entity, native_id) as identity,
        first_platform as source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        cast(null as string) as attribute,
        cast(first_at as string) as expected_value,
        cast(occurred_at as string) as observed_value,
        amount as amount_at_risk,
        currency,
        'out_of_order' as cause,
        concat_ws(
            ' ', event_type, document_number, 'of', {{ readable_money('amount', 'currency') }}, 'in', platform, 'is of',
            cast(occurred_at as string) || ',', 'before', first_type, first_number, 'of', cast(first_at as string), 'in', first_platform,
            'which it follows'
        ) as evidence,
        greatest(first_at, occurred_at) as due_at,
        recorded_at as observed_version
    from early
    where place = 1
),

final as (
    {{ judged('event_out_of_order') }}
)

select * from final
