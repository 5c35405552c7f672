with systems as (
    {{ issuing_systems() }}
),

terms as (
    select * from {{ ref('contract_term') }}
),

accepted as (
    select
        quotes.*,
        cast(systems.observed_through as date) as today,
        coalesce(periods.months, quotes.term_months) as months
    from {{ ref('fct_quote') }} as quotes
    inner join systems on quotes.legal_entity = systems.legal_entity
    left join {{ ref('billing_periods') }} as periods on quotes.billing_period = periods.billing_period
    where (quotes.is_primary or quotes.quote_type = 'amendment') and quotes.is_accepted and quotes.status is distinct from 'rejected'
),

-- what is to be billed by periods: the first quote with its renewals, what went on by itself, and every amendment
periodic as (
    select
        periods.*,
        accepted.today
    from {{ ref('due_period') }} as periods
    inner join terms on periods.contract_key = terms.contract_key and terms.term_number = 1
    inner join accepted on terms.platform = accepted.platform and terms.quote_native_id = accepted.native_id
),

-- a quote that is not ordered, or that no billing platform bills, stands for itself, and so does what amends it
others as (
    select accepted.*
    from accepted
    left join terms
        on
            accepted.platform = terms.platform
            and case when accepted.quote_type = 'amendment' then accepted.amended_quote_native_id else accepted.native_id end
            = terms.quote_native_id
    where terms.contract_key is null
),

-- a billing period is due from its first day on
shares as (
    select
        *,
        case
            when today < start_on or start_on is null then 0
            else least((cast(floor({{ whole_months('start_on', 'today') }} * 1.0 / nullif(months, 0)) as bigint) + 1) * months, term_months)
        end as months_due
    from others
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
        ) as due_amount
    from shares
    inner join {{ ref('fct_quote_line') }} as lines on shares.platform = lines.platform and shares.native_id = lines.quote_native_id
    left join {{ ref('currencies') }} as currencies on shares.currency = currencies.currency
    group by shares.platform, shares.native_id
),

contracts as (
    select
        contract_key, deal_key, customer_key, legal_entity, currency, today,
        sum(amount) as amount,
        sum(case when cast(due_at as date) <= today then amount else 0 end) as due_amount
    from periodic
    group by contract_key, deal_key, customer_key, legal_entity, currency, today
    union all
    select
        concat_ws(':', shares.platform, 'quote', shares.native_id) as contract_key,
        shares.deal_key, shares.customer_key, shares.legal_entity, shares.currency, shares.today, shares.amount, lines.due_amount
    from shares
    left join lines on shares.platform = lines.platform and shares.native_id = lines.native_id
),

final as (
    select
        contract_key,
        deal_key,
        customer_key,
        legal_entity,
        currency,
        {{ at_most_money('amount') }} as amount,
        {{ at_most_money('coalesce(due_amount, 0)') }} as due_amount,
        today
    from contracts
)

select * from final
