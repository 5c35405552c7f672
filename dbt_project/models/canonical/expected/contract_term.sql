{{ by_deal() }}

with subscriptions as (
    select * from {{ ref('exp_subscription') }}
),

quotes as (
    select * from {{ ref('fct_quote') }}
),

renewals as (
    select * from {{ ref('fct_renewal') }}
),

erp as (
    select * from {{ ref('dim_system') }} where role = 'erp'
),

ordered as (
    select
        orders.legal_entity,
        orders.quote_id,
        min(orders.created_at) as ordered_at,
        min(orders.document_number) as order_number
    from {{ ref('fct_order') }} as orders
    inner join erp on orders.platform = erp.platform and orders.legal_entity = erp.legal_entity
    where orders.status <> 'closed' and orders.quote_id is not null
    group by orders.legal_entity, orders.quote_id
),

first_terms as (
    select
        subscriptions.expected_key as contract_key,
        subscriptions.start_on as contract_start_on,
        subscriptions.quote_number as contract_quote_number,
        subscriptions.due_at,
        subscriptions.order_number,
        quotes.*
    from subscriptions
    inner join quotes
        on subscriptions.quote_number = quotes.document_number and subscriptions.legal_entity = quotes.legal_entity
),

-- a renewal of what was renewed before belongs to the same contract
renewed as (
    select
        first_terms.contract_key,
        first_terms.contract_start_on,
        ordered.ordered_at as due_at,
        ordered.order_number,
        quotes.*
    from renewals
    inner join quotes on renewals.platform = quotes.platform and renewals.native_id = quotes.native_id
    inner join ordered on quotes.legal_entity = ordered.legal_entity and quotes.native_id = ordered.quote_id
    left join renewals as earlier
        on renewals.platform = earlier.platform and renewals.renewed_quote_native_id = earlier.native_id
    inner join first_terms
        on
            renewals.deal_key = first_terms.deal_key
            and renewals.platform = first_terms.platform
            and (renewals.renewed_quote_native_id = first_terms.native_id or earlier.native_id is not null)
    where renewals.kind = 'quote'
),

agreed as (
    select
        contract_key, contract_start_on, deal_key, legal_entity, platform, native_id, document_number, 'new' as kind,
        start_on, end_on, term_months, billing_period, amount, currency, order_number, due_at, source_updated_at
    from first_terms
    union all
    select
        contract_key, contract_start_on, deal_key, legal_entity, platform, native_id, document_number, 'renewal' as kind,
        start_on, end_on, term_months, billing_period, amount, currency, order_number, due_at, source_updated_at
    from renewed
),

placed as (
    select
        *,
        lead(start_on) over (partition by contract_key order by start_on, native_id) as next_on,
        row_number() over (partition by contract_key order by start_on, native_id) as term_number,
        count(*) over (partition by contract_key) as term_count
    from agreed
),

-- what went on by itself after a term goes on at its terms
prolonged as (
    select
        placed.contract_key,
        placed.native_id,
        sum(renewals.term_months) as months,
        max(renewals.end_on) as end_on
    from placed
    inner join first_terms on placed.contract_key = first_terms.contract_key
    inner join renewals
        on
            placed.deal_key = renewals.deal_key
            and first_terms.contract_quote_number = renewals.contract_quote_number
            and placed.start_on < renewals.start_on
            and (placed.next_on is null or placed.next_on > renewals.start_on)
    where renewals.kind = 'automatic'
    group by placed.contract_key, placed.native_id
),

final as (
    select
        placed.contract_key,
        placed.deal_key,
        placed.legal_entity,
        placed.platform,
        placed.native_id as quote_native_id,
        placed.document_number as quote_number,
        placed.kind,
        cast(placed.term_number as bigint) as term_number,
        placed.contract_start_on,
        placed.start_on,
        coalesce(prolonged.end_on, placed.end_on) as end_on,
        placed.term_months,
        cast(placed.term_months + coalesce(prolonged.months, 0) as bigint) as billed_months,
        case
            when placed.term_number = 1 then cast(0 as bigint) else {{ whole_months('placed.contract_start_on', 'placed.start_on') }}
        end as months_before,
        placed.billing_period,
        placed.amount,
        placed.currency,
        placed.order_number,
        placed.due_at,
        placed.source_updated_at,
        placed.term_number = placed.term_count as is_newest
    from placed
    left join prolonged on placed.contract_key = prolonged.contract_key and placed.native_id = prolonged.native_id
)

select * from final
