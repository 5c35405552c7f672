{{ by_deal() }}

with terms as (
    select * from {{ ref('contract_term') }} where is_newest
),

expected as (
    select * from {{ ref('exp_subscription') }}
),

subscriptions as (
    select * from {{ ref('fct_subscription') }}
),

final as (
    select
        subscriptions.platform,
        subscriptions.native_id,
        subscriptions.deal_key,
        expected.expected_key as contract_key,
        not coalesce(terms.kind = 'renewal' and subscriptions.end_on < terms.start_on, false) as is_carried
    from terms
    inner join expected on terms.contract_key = expected.expected_key
    inner join subscriptions
        on expected.platform = subscriptions.platform and expected.quote_number = subscriptions.quote_number
    where terms.kind = 'renewal' or terms.billed_months > terms.term_months
)

select * from final
