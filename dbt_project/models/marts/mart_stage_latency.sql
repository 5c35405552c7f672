{#- The last says what is waited for where nothing arrived: a CRM may not say when it activated an order, and of a payment that was wholly refunded
    nothing is left to apply. -#}
{%- set hand_offs = [
    ('quote_to_order', 'exp_order', 'fct_order', 'quote_id', 'erp', 'created_at', 'true'),
    ('order_to_crm', 'exp_crm_order_status', 'fct_order', 'native_id', 'crm', 'activated_at', "observed.status = 'draft'"),
    ('order_to_subscription', 'exp_subscription', 'fct_subscription', 'quote_number', 'billing', 'created_at', 'true'),
    ('invoice_to_erp', 'exp_invoice', 'fct_invoice', 'billing_number', 'erp', 'created_at', 'true'),
    ('payment_to_billing', 'exp_payment_allocation', 'fct_payment_allocation', 'payment_ref', 'billing', 'created_at', 'expected.amount > 0'),
    ('payment_to_erp', 'exp_payment_allocation', 'fct_payment_allocation', 'payment_ref', 'erp', 'created_at', 'expected.amount > 0'),
    ('posting', 'exp_posting', 'fct_journal', 'journal_ref', 'erp', 'created_at', 'true'),
] -%}
{#- What no expectation says: from the first event of a kind in a deal, told by one role, to the first of another. -#}
{%- set steps = [
    ('signature_to_order', 'ContractSigned', 'signature', 'OrderCreated', 'erp'),
    ('order_to_invoice', 'OrderCreated', 'erp', 'InvoiceIssued', 'billing'),
    ('invoice_to_cash', 'InvoiceIssued', 'billing', 'PaymentApplied', 'billing'),
] -%}
with systems as (
    select * from {{ ref('dim_system') }}
),

slas as (
    select * from {{ ref('slas') }}
),

arrivals as (
    {% for hand_off, expected, observed, reference, role, arrival, is_awaited in hand_offs %}
    select
        '{{ hand_off }}' as hand_off,
        expected.legal_entity,
        expected.expected_key,
        expected.due_at,
        bool_and({{ is_awaited }}) as is_awaited,
        systems.observed_through,
        min(observed.{{ arrival }}) as arrived_at
    from {{ ref(expected) }} as expected
    inner join systems
        on expected.platform = systems.platform and expected.legal_entity = systems.legal_entity and systems.role = '{{ role }}'
    left join {{ ref(observed) }} as observed
        on expected.platform = observed.platform and expected.{{ reference }} = observed.{{ reference }}
    group by expected.legal_entity, expected.expected_key, expected.due_at, systems.observed_through
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

happened as (
    select
        events.deal_key,
        events.legal_entity,
        events.event_type,
        systems.role,
        min(events.occurred_at) as occurred_at
    from {{ ref('fct_business_events') }} as events
    inner join systems on events.platform = systems.platform and events.legal_entity = systems.legal_entity
    group by events.deal_key, events.legal_entity, events.event_type, systems.role
),

passed as (
    select hand_off, legal_entity, due_at, arrived_at from arrivals
    where arrived_at is not null
    {%- for hand_off, first, first_role, second, second_role in steps %}
    union all
    select
        '{{ hand_off }}' as hand_off,
        first.legal_entity,
        first.occurred_at as due_at,
        second.occurred_at as arrived_at
    from happened as first
    inner join happened as second on first.deal_key = second.deal_key and first.legal_entity = second.legal_entity
    where
        first.event_type = '{{ first }}' and first.role = '{{ first_role }}'
        and second.event_type = '{{ second }}' and second.role = '{{ second_role }}'
    {%- endfor %}
),

measured as (
    select
        hand_off,
        legal_entity,
        cast(date_trunc('month', due_at) as date) as month_on,
        cast(greatest({{ dbt.datediff('due_at', 'arrived_at', 'second') }}, 0) / 3600.0 as double) as hours
    from passed
    -- what has not arrived and had its hours, as far as where it is expected was read
    union all
    select
        arrivals.hand_off,
        arrivals.legal_entity,
        cast(date_trunc('month', arrivals.due_at) as date) as month_on,
        cast(null as double) as hours
    from arrivals
    inner join slas on arrivals.hand_off = slas.hand_off
    where
        arrivals.arrived_at is null
        and arrivals.is_awaited
        and {{ is_due('arrivals.due_at', 'slas.sla_hours', 'arrivals.observed_through') }}
),

final as (
    select
        cast(measured.hand_off as string) as hand_off,
        measured.legal_entity,
        measured.month_on,
        cast(count(measured.hours) as bigint) as document_count,
        cast(count(*) - count(measured.hours) as bigint) as overdue_count,
        cast(median(measured.hours) as decimal(18, 4)) as median_hours,
        cast(percentile_cont(0.9) within group (order by measured.hours) as decimal(18, 4)) as p90_hours,
        cast(percentile_cont(0.95) within group (order by measured.hours) as decimal(18, 4)) as p95_hours,
        cast(max(slas.sla_hours) as bigint) as sla_hours,
        cast(avg(case when slas.sla_hours is not null then case when measured.hours <= slas.sla_hours then 1.0 else 0.0 end end) as decimal(9, 6)) as within_sla_share
    from measured
    left join slas on measured.hand_off = slas.hand_off
    group by measured.hand_off, measured.legal_entity, measured.month_on
)

select * from final
