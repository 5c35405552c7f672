{{ by_deal() }}

with subscriptions as (
    select * from {{ ref('exp_subscription') }}
),

terms as (
    select * from {{ ref('contract_term') }}
),

quote_lines as (
    select * from {{ ref('fct_quote_line') }}
),

amendments as (
    select * from {{ ref('amended_line') }}
),

periods as (
    select * from {{ ref('billing_periods') }}
),

-- a product that an amendment adds was sold none of before
agreed as (
    select
        lines.platform, lines.entity, lines.native_id, lines.quote_native_id, lines.source_updated_at, lines.product_code, lines.charge_type,
        terms.billing_period, terms.term_months, lines.quantity as agreed_quantity, lines.unit_price
    from quote_lines as lines
    inner join terms on lines.platform = terms.platform and lines.quote_native_id = terms.quote_native_id
    union all
    select
        platform, 'quote_line', native_id, amended_quote_native_id, source_updated_at, product_code, charge_type,
        billing_period, term_months, 0, unit_price
    from amendments
    where amended_line_native_id is null and newness = 1
),

final as (
    select
        concat_ws(':', subscriptions.platform, 'subscription_line', agreed.native_id) as expected_key,
        subscriptions.deal_key as deal_key,
        subscriptions.customer_key as customer_key,
        subscriptions.legal_entity,
        subscriptions.platform as platform,
        'subscription_line' as entity,
        agreed.platform as source_platform,
        agreed.entity as source_entity,
        agreed.native_id as source_native_id,
        subscriptions.quote_number as source_document_number,
        greatest(agreed.source_updated_at, amendments.source_updated_at) as source_updated_at,
        subscriptions.currency as currency,
        terms.due_at as due_at,
        subscriptions.expected_key as parent_key,
        subscriptions.quote_number,
        agreed.product_code,
        agreed.charge_type,
        case when agreed.charge_type = 'recurring' then agreed.billing_period end as billing_period,
        coalesce(amendments.quantity, agreed.agreed_quantity) as quantity,
        case
            when agreed.charge_type = 'recurring'
                then {{ unit_price(times('agreed.unit_price', 'periods.months') ~ ' / nullif(agreed.term_months, 0)') }}
            else agreed.unit_price
        end as unit_price,
        cast(agreed.agreed_quantity as decimal(18, 6)) as agreed_quantity,
        cast(coalesce(amendments.prior_quantity, agreed.agreed_quantity) as decimal(18, 6)) as prior_quantity,
        amendments.amendment_number,
        amendments.effective_on,
        amendments.accepted_at as amended_at,
        terms.term_number,
        terms.months_before,
        terms.billed_months,
        terms.end_on as term_end_on,
        terms.is_newest or agreed.charge_type = 'one_time' as is_in_force
    from agreed
    inner join terms on agreed.platform = terms.platform and agreed.quote_native_id = terms.quote_native_id
    inner join subscriptions on terms.contract_key = subscriptions.expected_key
    left join amendments
        on
            agreed.platform = amendments.platform
            and agreed.native_id = coalesce(amendments.amended_line_native_id, amendments.native_id)
            and amendments.newness = 1
    left join periods on agreed.billing_period = periods.billing_period
)

select * from final
