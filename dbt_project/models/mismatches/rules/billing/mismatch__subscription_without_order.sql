{{ by_deal() }}

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

found as (
    select
        subscriptions.native_id as identity,
        subscriptions.crm_platform as source_platform,
        subscriptions.deal_key,
        subscriptions.legal_entity,
        'subscription' as entity,
        subscriptions.platform,
        subscriptions.native_id,
        subscriptions.document_number,
        'order_number' as attribute,
        cast(null as string) as expected_value,
        cast(null as string) as observed_value,
        {{ at_most_money('subscriptions.year_amount * coalesce(subscriptions.term_months, 12) / 12 + subscriptions.once_amount') }} as amount_at_risk,
        subscriptions.currency,
        case
            when subscriptions.quote_number is null then 'reference_missing'
            when quotes.document_number is null then 'quote_missing'
            else 'quote_not_accepted'
        end as cause,
        concat_ws(
            ' ', 'Subscription', subscriptions.document_number, 'is active in', subscriptions.platform, 'but follows no order, and',
            case
                when subscriptions.quote_number is null then 'names no quote'
                when quotes.document_number is null
                    then concat_ws(' ', 'names quote', subscriptions.quote_number, 'that does not exist in', subscriptions.crm_platform)
                else concat_ws(' ', 'quote', subscriptions.quote_number, 'is not accepted in', subscriptions.crm_platform)
            end
        ) as evidence,
        subscriptions.created_at as due_at,
        subscriptions.source_updated_at as observed_version
    from subscriptions
    left join quotes
        on subscriptions.legal_entity = quotes.legal_entity and subscriptions.quote_number = quotes.document_number
    left join agreed on subscriptions.deal_key = agreed.deal_key
    where subscriptions.order_state = 'none' and not coalesce(quotes.is_accepted, false) and coalesce(agreed.is_agreed, true)
),

final as (
    {{ judged('subscription_without_order') }}
)

select * from final
