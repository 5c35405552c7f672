{{ by_deal() }}

{#- What counts as an event: its type, the version of what it says, the entity it is read from, the column that says when, its amount, what makes
    it once for a document beside its type, and the condition under which it has happened. An event more is a line more. -#}
{#- A quote that begins a contract; one that changes or renews one is told by what it does to it. -#}
{%- set begins = "quote_type is distinct from 'amendment' and not coalesce(quote_type = 'renewal' and amended_quote_native_id is not null, false)" -%}
{%- set events = [
    ('QuoteApproved', 1, 'quote', 'approved_at', 'amount', "''", "approved_at is not null and " ~ begins),
    ('ContractSigned', 1, 'contract', 'signed_at', 'null', "''", 'signed_at is not null'),
    ('QuoteAccepted', 1, 'quote', 'accepted_at', 'amount', "''", "is_accepted and " ~ begins),
    ('OrderCreated', 1, 'order', 'created_at', 'amount', "''", "status is distinct from 'draft'"),
    ('OrderRejected', 1, 'order', 'source_updated_at', 'amount', "''", "status = 'closed'"),
    ('SubscriptionActivated', 1, 'subscription', 'created_at', 'null', "''", "status <> 'draft'"),
    ('ContractAmended', 1, 'quote', 'accepted_at', 'amount', "''", "is_accepted and quote_type = 'amendment'"),
    ('ContractRenewed', 1, 'renewal', 'renewed_at', 'amount', "case when kind = 'automatic' then cast(start_on as string) else '' end", 'true'),
    ('InvoiceIssued', 1, 'invoice', 'created_at', 'amount', "''", "status in ('open', 'paid')"),
    ('PaymentDue', 1, 'invoice', 'due_on', 'amount', "''", "status in ('open', 'paid') and due_on is not null"),
    ('CreditIssued', 1, 'credit_memo', 'created_at', 'amount', "''", "status = 'issued'"),
    ('PaymentApplied', 1, 'payment_allocation', 'created_at', 'amount', "''", 'true'),
    ('JournalPosted', 1, 'journal', 'created_at', 'amount', "''", 'true'),
    (
        'RevenueRecognized', 1, 'journal', 'posted_on', 'amount', "''",
        "journal_ref like 'REV:%' and not coalesce(is_reversal, false) and status is distinct from 'reversed'"
    ),
] -%}
with happened as (
    {% for event_type, schema_version, entity, stamp, amount, once, condition in events %}
    select
        {{ fingerprint(["'" ~ event_type ~ "'", 'platform', 'native_id', once]) }} as event_id,
        '{{ event_type }}' as event_type,
        {{ schema_version }} as schema_version,
        {{ loop.index }} as place,
        deal_key,
        legal_entity,
        platform,
        entity,
        native_id,
        document_number,
        {{ amount }} as amount,
        currency,
        cast({{ stamp }} as timestamp) as occurred_at,
        source_updated_at as recorded_at,
        observed_at as known_at
    from {{ ref('fct_' ~ entity) }}
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- of some events only the day is known; within a deal they come at its end, after what may have caused them
told as (
    select
        *,
        coalesce(occurred_at = {{ dbt.date_trunc('day', 'occurred_at') }}, false) as is_day_only
    from happened
),

final as (
    select
        cast(event_id as string) as event_id,
        cast(event_type as string) as event_type,
        cast(schema_version as bigint) as schema_version,
        cast(deal_key as string) as deal_key,
        cast(legal_entity as string) as legal_entity,
        cast(platform as string) as platform,
        cast(entity as string) as entity,
        cast(native_id as string) as native_id,
        cast(document_number as string) as document_number,
        cast(amount as decimal(18, 4)) as amount,
        cast(case when amount is not null then currency end as string) as currency,
        occurred_at,
        is_day_only,
        cast(recorded_at as timestamp) as recorded_at,
        cast(known_at as timestamp) as known_at,
        cast(row_number() over (
            partition by deal_key
            order by
                case when is_day_only then {{ dbt.dateadd('second', 86399, 'occurred_at') }} else occurred_at end nulls last,
                place,
                platform,
                native_id,
                event_id
        ) as bigint) as sequence
    from told
)

select * from final
