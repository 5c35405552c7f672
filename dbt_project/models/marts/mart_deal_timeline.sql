{{ config(materialized='view') }}

{%- set references = {'payment': 'payment_ref', 'journal': 'journal_ref'} -%}
{%- set events = [
    ('opportunity', 'created_at', 'Opportunity opened', 'amount', 'true'),
    ('quote', 'created_at', 'Quote drawn up', 'amount', 'true'),
    ('contract', 'sent_at', 'Contract sent', 'null', 'sent_at is not null'),
    ('contract', 'signed_at', 'Contract signed', 'null', 'signed_at is not null'),
    ('quote', 'accepted_at', 'Quote accepted', 'amount', 'is_accepted'),
    ('order', 'created_at', 'Order created', 'amount', 'true'),
    ('subscription', 'created_at', 'Subscription created', 'null', 'true'),
    ('invoice', 'created_at', 'Invoice created', 'amount', 'true'),
    ('credit_memo', 'created_at', 'Credit given', 'amount', "status <> 'draft'"),
    ('tax_document', 'created_at', 'Tax computed', 'tax_amount', 'true'),
    ('payment', 'paid_at', 'Payment received', 'amount', 'true'),
    ('payment_allocation', 'created_at', 'Payment applied', 'amount', 'true'),
    ('journal', 'created_at', 'Journal posted', 'amount', 'is_reversal is distinct from true'),
    ('journal', 'created_at', 'Journal reversed', 'amount', 'is_reversal'),
] -%}
with happened as (
    {% for entity, stamp, what, amount, condition in events %}
    select
        deal_key,
        {{ stamp }} as happened_at,
        created_at as entered_at,
        platform,
        entity,
        native_id,
        document_number,
        {{ references.get(entity, 'null') }} as reference,
        '{{ what }}' as what,
        {{ loop.index }} as position,
        {{ amount }} as amount,
        currency,
        status,
        source_url
    from {{ ref('fct_' ~ entity) }}
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- told_at: of some payments only the day is known; they were entered on it, or are told at its end
final as (
    select
        cast(deal_key as string) as deal_key,
        cast(happened_at as timestamp) as happened_at,
        cast(
            case
                when entity <> 'payment' or happened_at <> {{ dbt.date_trunc('day', 'happened_at') }} then happened_at
                when entered_at < {{ dbt.dateadd('day', 1, 'happened_at') }} then greatest(happened_at, entered_at)
                else {{ dbt.dateadd('second', -1, dbt.dateadd('day', 1, 'happened_at')) }}
            end as timestamp
        ) as told_at,
        cast(platform as string) as platform,
        cast(entity as string) as entity,
        cast(native_id as string) as native_id,
        cast(document_number as string) as document_number,
        cast(reference as string) as reference,
        cast(what as string) as what,
        cast(position as bigint) as position,
        cast(amount as decimal(18, 4)) as amount,
        cast(case when amount is not null then currency end as string) as currency,
        cast(status as string) as status,
        cast(source_url as string) as source_url
    from happened
)

select * from final
