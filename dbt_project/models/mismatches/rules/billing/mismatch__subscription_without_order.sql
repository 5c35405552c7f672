{{ by_deal() }}

{%- set of_the_quote = 'over (partition by platform, legal_entity, quote_number, product_code order by created_at nulls last, native_id)' %}

with subscriptions as (
    select * from {{ ref('subscription_of_order') }}
),

quotes as (
    select
        legal_entity,
        document_number,
        bool_or(is_accepted) as is_accepted
    from {{ ref('fct_quote') }}
    group by legal_entity, document_number
),

-- of a deal that nothing was agreed in, stage_skipped tells
agreed as (
    select
        deal_key,
        bool_or(is_accepted) as is_agreed
    from {{ ref('fct_quote') }}
    group by deal_key
),

sold as (
    select distinct
        subscriptions.platform,
        subscriptions.native_id,
        subscriptions.document_number,
        subscriptions.legal_entity,
        subscriptions.quote_number,
        subscriptions.created_at,
        subscriptions.start_on,
        subscriptions.end_on,
        lines.product_code
    from subscriptions
    inner join {{ ref('fct_subscription_line') }} as lines
        on subscriptions.platform = lines.platform and subscriptions.native_id = lines.subscription_native_id
    where subscriptions.quote_number is not null
),

-- the first subscription of a quote that sells a product counts; one that follows it in time repeats nothing
placed as (
    select
        *,
        first_value(native_id) {{ of_the_quote }} as kept_native_id,
        first_value(document_number) {{ of_the_quote }} as kept_document_number,
        first_value(end_on) {{ of_the_quote }} as kept_end_on
    from sold
),

repeats as (
    select
        platform,
        native_id,
        min(kept_document_number) as kept_number
    from placed
    where kept_native_id <> native_id and coalesce(kept_end_on >= start_on, true)
    group by platform, native_id
),

judged_subscriptions as (
    select
        subscriptions.*,
        repeats.kept_number,
        case
            when subscriptions.order_state = 'none' and not coalesce(quotes.is_accepted, false) and coalesce(agreed.is_agreed, true)
                then case
                    when subscriptions.quote_number is null then 'reference_missing'
                    when quotes.document_number is null then 'quote_missing'
                    else 'quote_not_accepted'
                end
            when subscriptions.order_state <> 'closed' and repeats.native_id is not null then 'document_duplicated'
        end as cause
    from subscriptions
    left join quotes
        on subscriptions.legal_entity = quotes.legal_entity and subscriptions.quote_number = quotes.document_number
    left join agreed on subscriptions.deal_key = agreed.deal_key
    left join repeats on subscriptions.platform = repeats.platform and subscriptions.native_id = repeats.native_id
),

found as (
    select
        native_id as identity,
        crm_platform as source_platform,
        deal_key,
        legal_entity,
        'subscription' as entity,
        platform,
        native_id,
        document_number,
        case when cause = 'document_duplicated' then 'status' else 'order_number' end as attribute,
        case when cause = 'document_duplicated' then 'cancelled' end as expected_value,
        case when cause = 'document_duplicated' then 'active' end as observed_value,
        {{ at_most_money('year_amount * coalesce(term_months, 12) / 12 + once_amount') }} as amount_at_risk,
        currency,
        cause,
        concat_ws(
            ' ', 'Subscription', document_number, 'is active in', platform,
            case cause
                when 'reference_missing' then 'but follows no order, and names no quote'
                when 'quote_missing'
                    then concat_ws(' ', 'but follows no order, and names quote', quote_number, 'that does not exist in', crm_platform)
                when 'quote_not_accepted'
                    then concat_ws(' ', 'but follows no order, and quote', quote_number, 'is not accepted in', crm_platform)
                else concat_ws(' ', 'and repeats', kept_number, 'for quote', quote_number)
            end
        ) as evidence,
        created_at as due_at,
        source_updated_at as observed_version
    from judged_subscriptions
    where cause is not null
),

final as (
    {{ judged('subscription_without_order') }}
)

select * from final
