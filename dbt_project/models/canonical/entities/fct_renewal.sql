{{ by_deal() }}

{%- set day_after = 'cast(' ~ dbt.dateadd('day', 1, 'followed.end_on') ~ ' as date)' -%}
{%- set gap_end = 'least(cast(' ~ dbt.dateadd('day', -1, 'followed.next_on') ~ ' as date), subscriptions.end_on)' -%}
{%- set term_begin = "gaps.months_before + (numbers.generated_number - 1) * subscriptions.renewal_term_months" -%}
{%- set term_over = "gaps.months_before + numbers.generated_number * subscriptions.renewal_term_months" -%}
with quotes as (
    select * from {{ ref('fct_quote') }}
),

billing as (
    select * from {{ ref('dim_system') }} where role = 'billing'
),

subscriptions as (
    select subscriptions.*
    from {{ ref('fct_subscription') }} as subscriptions
    inner join billing on subscriptions.platform = billing.platform and subscriptions.legal_entity = billing.legal_entity
),

numbers as (
    {{ dbt.generate_series(120) }}
),

accepted as (
    select * from quotes
    where quote_type = 'renewal' and is_accepted and accepted_at is not null and status <> 'rejected' and amended_quote_native_id is not null
),

-- the terms that quotes agreed of what a subscription bills
agreed as (
    select
        subscriptions.platform,
        subscriptions.native_id,
        quotes.start_on,
        quotes.end_on
    from subscriptions
    inner join quotes
        on subscriptions.legal_entity = quotes.legal_entity and subscriptions.quote_number = quotes.document_number
    union
    select
        subscriptions.platform,
        subscriptions.native_id,
        accepted.start_on,
        accepted.end_on
    from subscriptions
    inner join accepted on subscriptions.deal_key = accepted.deal_key and subscriptions.legal_entity = accepted.legal_entity
),

followed as (
    select
        *,
        lead(start_on) over (partition by platform, native_id order by start_on, end_on) as next_on
    from agreed
),

-- what billing went on with after an agreed term was over, until the next one
gaps as (
    select
        subscriptions.platform,
        subscriptions.native_id,
        {{ whole_months('subscriptions.start_on', day_after) }} as months_before,
        {{ gap_end }} as end_on
    from followed
    inner join subscriptions
        on followed.platform = subscriptions.platform and followed.native_id = subscriptions.native_id
    where
        subscriptions.term_start_on > followed.end_on
        and {{ gap_end }} > followed.end_on
),

-- by whole terms
automatic as (
    select
        subscriptions.*,
        numbers.generated_number,
        {{ month_begin('subscriptions.start_on', term_begin) }} as renewed_on,
        cast({{ dbt.dateadd('day', -1, month_begin('subscriptions.start_on', term_over)) }} as date) as renewed_to_on,
        gaps.end_on as gap_end_on
    from gaps
    inner join subscriptions on gaps.platform = subscriptions.platform and gaps.native_id = subscriptions.native_id
    cross join numbers
),

final as (
    select
        platform,
        entity,
        native_id,
        document_number,
        deal_key,
        legal_entity,
        currency,
        'quote' as kind,
        amended_quote_native_id as renewed_quote_native_id,
        cast(null as string) as contract_quote_number,
        accepted_at as renewed_at,
        start_on,
        end_on,
        term_months,
        amount,
        source_updated_at,
        observed_at
    from accepted
    union all
    select
        platform,
        entity,
        native_id,
        document_number,
        deal_key,
        legal_entity,
        currency,
        'automatic' as kind,
        cast(null as string) as renewed_quote_native_id,
        quote_number as contract_quote_number,
        cast(renewed_on as timestamp) as renewed_at,
        renewed_on as start_on,
        renewed_to_on as end_on,
        renewal_term_months as term_months,
        cast(null as decimal(18, 4)) as amount,
        source_updated_at,
        observed_at
    from automatic
    where renewed_to_on <= gap_end_on
)

select * from final
