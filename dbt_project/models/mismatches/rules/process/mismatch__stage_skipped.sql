{{ by_deal() }}

{#- A deal's stages in their order: the event that reaches one, and the role of the platform that tells it. A missing stage is found by the
    rule about its absence wherever the stage before it is there; this rule is for what that cannot see: the two stages before are missing. -#}
with events as (
    select * from {{ ref('fct_business_events') }}
),

quoted as (
    select
        deal_key,
        max(amount) as amount,
        max_by(currency, amount) as currency
    from {{ ref('fct_quote') }}
    group by deal_key
),

systems as (
    select * from {{ ref('dim_system') }}
),

companies as (
    select
        legal_entity,
        max(case when role = 'crm' then platform end) as crm
    from systems
    group by legal_entity
),

-- what a deal was billed, less what was credited of it
billed as (
    select
        invoices.deal_key,
        invoices.platform
    from {{ ref('fct_invoice') }} as invoices
    left join {{ ref('credited_invoice') }} as credited
        on invoices.platform = credited.platform and invoices.native_id = credited.native_id
    where invoices.status in ('open', 'paid')
    group by invoices.deal_key, invoices.platform
    having sum(invoices.amount - coalesce(credited.amount, 0)) > 0
),

-- the event stays when a subscription is cancelled; its finding goes once nothing that was billed is left
cancelled as (
    select
        subscriptions.platform,
        subscriptions.native_id,
        billed.deal_key is not null as is_billed
    from {{ ref('fct_subscription') }} as subscriptions
    left join billed on subscriptions.deal_key = billed.deal_key and subscriptions.platform = billed.platform
    where subscriptions.status = 'cancelled'
),

reached as (
    select
        events.*,
        case
            when events.event_type = 'QuoteAccepted' and systems.role = 'crm' then 1
            when events.event_type = 'OrderCreated' and systems.role = 'erp' then 2
            when events.event_type = 'SubscriptionActivated' and systems.role = 'billing' then 3
        end as stage
    from events
    inner join systems on events.platform = systems.platform and events.legal_entity = systems.legal_entity
),

deals as (
    select
        deal_key,
        coalesce(bool_or(stage = 1), false) as is_accepted,
        coalesce(bool_or(stage = 2), false) as is_ordered
    from reached
    where stage is not null
    group by deal_key
),

-- in a company that has no CRM nothing comes before; of what is of no quote, and of an invoice, a rule of its own tells
skipping as (
    select
        reached.deal_key,
        reached.legal_entity,
        reached.event_type,
        reached.platform,
        reached.entity,
        reached.native_id,
        reached.document_number,
        reached.occurred_at,
        reached.recorded_at,
        coalesce(reached.amount, quoted.amount, 0) as amount,
        coalesce(reached.currency, quoted.currency) as currency,
        companies.crm,
        cancelled.is_billed,
        'an accepted quote and an order' as missing,
        row_number() over (
            partition by reached.platform, reached.entity, reached.native_id
            order by reached.sequence
        ) as place
    from reached
    inner join deals on reached.deal_key = deals.deal_key
    inner join companies on reached.legal_entity = companies.legal_entity
    inner join quoted on reached.deal_key = quoted.deal_key
    left join cancelled on reached.platform = cancelled.platform and reached.native_id = cancelled.native_id
    where
        companies.crm is not null
        and reached.stage = 3
        and coalesce(cancelled.is_billed, true)
        and not deals.is_accepted
        and not deals.is_ordered
),

found as (
    select
        native_id as identity,
        crm as source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        cast(null as string) as attribute,
        missing as expected_value,
        cast(null as string) as observed_value,
        amount as amount_at_risk,
        currency,
        'stage_skipped' as cause,
        concat_ws(
            ' ', event_type, document_number, 'of', {{ readable_money('amount', 'currency') }}, 'in', platform,
            'is of a deal that has neither', replace(missing, ' and ', ' nor '),
            case when is_billed then 'and was cancelled, but not all that was billed is credited' end
        ) as evidence,
        occurred_at as due_at,
        recorded_at as observed_version
    from skipping
    where place = 1
),

final as (
    {{ judged('stage_skipped') }}
)

select * from final
