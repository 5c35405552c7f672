{{ config(materialized='view') }}

with systems as (
    {{ issuing_systems() }}
),

quotes as (
    select
        quotes.*,
        cast(systems.observed_through as date) as today,
        coalesce(periods.months, quotes.term_months) as months,
        coalesce(terms.billed_months - terms.term_months, 0) as more_months
    from {{ ref('fct_quote') }} as quotes
    inner join systems on quotes.legal_entity = systems.legal_entity
    left join {{ ref('billing_periods') }} as periods on quotes.billing_period = periods.billing_period
    left join {{ ref('contract_term') }} as terms on quotes.platform = terms.platform and quotes.native_id = terms.quote_native_id
    where quotes.is_primary and quotes.is_accepted and quotes.status is distinct from 'rejected'
),

-- a billing period is due from its first day on
begun as (
    select
        *,
        case
            when today < start_on then 0
            else {{ whole_months('start_on', 'today') }}
        end as months_begun
    from quotes
),

shares as (
    select
        *,
        case
            when today < start_on or start_on is null then 0
            else least((cast(floor(months_begun * 1.0 / nullif(months, 0)) as bigint) + 1) * months, term_months + more_months)
        end as months_due
    from begun
),

lines as (
    select
        shares.platform,
        shares.native_id,
        sum(
            case
                when lines.charge_type = 'recurring'
                    then {{ share_of('lines.amount', 'shares.months_due', 'nullif(shares.term_months, 0)', 'currencies.minor_units') }}
                when shares.months_due > 0 then lines.amount
                else 0
            end
        ) as due_amount,
        -- what goes on by itself after the term
        sum(
            case
                when lines.charge_type = 'recurring'
                    then {{ share_of('lines.amount', 'shares.more_months', 'nullif(shares.term_months, 0)', 'currencies.minor_units') }}
                else 0
            end
        ) as more_amount
    from shares
    inner join {{ ref('fct_quote_line') }} as lines on shares.platform = lines.platform and shares.native_id = lines.quote_native_id
    left join {{ ref('currencies') }} as currencies on shares.currency = currencies.currency
    group by shares.platform, shares.native_id
),

final as (
    select
        shares.platform,
        shares.native_id,
        shares.document_number,
        shares.deal_key,
        shares.customer_key,
        shares.legal_entity,
        shares.currency,
        {{ at_most_money('shares.amount + coalesce(lines.more_amount, 0)') }} as amount,
        {{ at_most_money('coalesce(lines.due_amount, 0)') }} as due_amount,
        shares.today
    from shares
    left join lines on shares.platform = lines.platform and shares.native_id = lines.native_id
)

select * from final
