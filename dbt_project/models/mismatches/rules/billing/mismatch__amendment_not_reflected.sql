{{ by_deal() }}

{%- set expected_from = months_until('start_on', 'expected_effective_on') -%}
{%- set observed_from = months_until('start_on', 'coalesce(observed_from_on, expected_effective_on)') -%}
{%- set expected_change = times('expected_quantity', 'expected_unit_price') ~ ' - ' ~ times('prior_quantity', 'expected_unit_price') -%}
{%- set observed_change = times('observed_quantity', 'observed_unit_price') ~ ' - ' ~ times('prior_quantity', 'expected_unit_price') -%}
with expected as (
    select * from {{ ref('exp_subscription') }}
),

subscriptions as (
    select * from {{ ref('fct_subscription') }}
),

periods as (
    select * from {{ ref('billing_periods') }}
),

-- until when the contract runs
terms as (
    select * from {{ ref('contract_term') }} where is_newest
),

systems as (
    select * from {{ ref('dim_system') }} where role = 'crm'
),

-- the line of a subscription that an amendment changed; another billing period is for subscription_terms_differ
amended as (
    select
        pairs.*,
        expected.legal_entity,
        expected.quote_number,
        expected.currency,
        expected.start_on,
        terms.months_before + terms.billed_months as term_months,
        expected.due_at as ordered_at,
        periods.months,
        case
            when pairs.observed_quantity = pairs.prior_quantity then 'amendment_missing'
            when (pairs.observed_quantity is distinct from pairs.expected_quantity) then 'quantity_differs'
            when (pairs.observed_unit_price is distinct from pairs.expected_unit_price) then 'price_differs'
            when pairs.observed_effective_on <> pairs.expected_effective_on then 'effective_date_differs'
        end as cause
    from {{ ref('subscription_line_pair') }} as pairs
    inner join expected on pairs.subscription_key = expected.expected_key
    inner join terms on expected.expected_key = terms.contract_key
    inner join periods on pairs.expected_billing_period = periods.billing_period
    where
        pairs.amendment_number is not null
        and pairs.native_id is not null
        and pairs.source_native_id is not null
        and pairs.expected_billing_period = pairs.observed_billing_period
),

differing as (
    select
        *,
        case when cause <> 'amendment_missing' then observed_effective_on end as observed_from_on,
        case cause when 'effective_date_differs' then 'effective_on' when 'price_differs' then 'unit_price' else 'quantity' end as attribute
    from amended
    where cause is not null
),

-- what each month is billed more, or less, by the amendment and by billing, and for how many months of the term
valued as (
    select
        *,
        cast((term_months - {{ expected_from }}) * ({{ expected_change }}) as decimal(38, 9)) as expected_total,
        cast((term_months - {{ observed_from }}) * ({{ observed_change }}) as decimal(38, 9)) as observed_total
    from differing
),

found as (
    select
        concat_ws(':', valued.subscription_native_id, valued.source_native_id, valued.amendment_number) as identity,
        systems.platform as source_platform,
        valued.deal_key,
        valued.legal_entity,
        'subscription_line' as entity,
        valued.platform,
        valued.native_id,
        coalesce(subscriptions.document_number, subscriptions.native_id) as document_number,
        valued.attribute,
        case valued.attribute
            when 'effective_on' then cast(valued.expected_effective_on as string)
            when 'unit_price' then {{ plain_decimal('valued.expected_unit_price') }}
            else {{ plain_decimal('valued.expected_quantity') }}
        end as expected_value,
        case valued.attribute
            when 'effective_on' then cast(valued.observed_effective_on as string)
            when 'unit_price' then {{ plain_decimal('valued.observed_unit_price') }}
            else {{ plain_decimal('valued.observed_quantity') }}
        end as observed_value,
        {{ at_most_money('round(abs(valued.expected_total - valued.observed_total) / nullif(valued.months, 0), 2)') }} as amount_at_risk,
        valued.currency,
        valued.cause,
        concat_ws(
            ' ', 'Amendment', valued.amendment_number, 'of quote', valued.quote_number, 'changes', valued.product_code, 'from',
            {{ plain_decimal('valued.prior_quantity') }}, 'to', {{ plain_decimal('valued.expected_quantity') }}, 'from',
            cast(valued.expected_effective_on as string), 'on; subscription',
            coalesce(subscriptions.document_number, subscriptions.native_id), 'in', valued.platform, 'has',
            {{ plain_decimal('valued.observed_quantity') }},
            case
                when (valued.observed_unit_price is distinct from valued.expected_unit_price)
                    then concat_ws(' ', 'at', {{ plain_decimal('valued.observed_unit_price') }}, 'instead of', {{ plain_decimal('valued.expected_unit_price') }})
            end,
            case
                when valued.cause not in ('amendment_missing', 'price_differs')
                    then concat_ws(' ', 'since', cast(valued.observed_effective_on as string))
            end
        ) as evidence,
        greatest(
            cast(valued.expected_effective_on as timestamp), valued.amended_at, valued.expected_changed_at, valued.ordered_at, subscriptions.created_at
        ) as due_at,
        valued.observed_version
    from valued
    inner join systems on valued.legal_entity = systems.legal_entity
    inner join subscriptions
        on valued.platform = subscriptions.platform and valued.subscription_native_id = subscriptions.native_id
),

final as (
    {{ judged('amendment_not_reflected') }}
)

select * from final
