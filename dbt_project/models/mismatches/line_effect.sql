{{ config(materialized='view') }}

{#- What the difference of a line comes to by one cause, taken one after another so that nothing is counted twice: first the days at the
    expected price and quantity, then the quantity at the expected price, then the price at the observed quantity. -#}
{%- set columns = [
    'fingerprint', 'line', 'product_code', 'is_expected', 'is_observed', 'expected_quantity', 'observed_quantity', 'expected_unit_price',
    'observed_unit_price', 'list_price', 'expected_amount', 'observed_amount', 'expected_days', 'observed_days',
] -%}
{%- set agreed = times('expected_quantity', 'expected_unit_price') -%}
with lines as (
    {% for model in ['finding_line', 'finding_billed_line'] %}
    select {{ columns | join(', ') }} from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

findings as (
    select * from {{ ref('finding_difference') }}
),

measured as (
    select
        lines.*,
        findings.minor_unit,
        findings.currency,
        findings.attribute,
        cast(coalesce(lines.observed_days * 1.0 / nullif(lines.expected_days, 0), 1) as decimal(18, 9)) as days_share
    from lines
    inner join findings on lines.fingerprint = findings.fingerprint
),

-- a part of the days counts where the amount was reckoned by it: at the expected price, or at another one
prorated as (
    select
        *,
        days_share <> 1
        and abs(observed_amount - {{ times('observed_quantity', 'expected_unit_price', 'days_share') }}) <= minor_unit as is_share_of_expected_price,
        days_share <> 1
        and abs(observed_amount - {{ times('observed_quantity', 'observed_unit_price', 'days_share') }}) <= minor_unit as is_share_of_observed_price
    from measured
    where is_expected and is_observed
),

priced as (
    select
        *,
        case when is_share_of_expected_price or is_share_of_observed_price then days_share else 1 end as share,
        case when is_share_of_expected_price then expected_unit_price else observed_unit_price end as price,
        coalesce(list_price > expected_unit_price and observed_unit_price = list_price, false) as is_undiscounted
    from prorated
),

effects as (
    select
        *,
        {{ at_most_money(times('expected_quantity', 'expected_unit_price', '(share - 1)')) }} as proration,
        {{ at_most_money(times('(observed_quantity - expected_quantity)', 'expected_unit_price', 'share')) }} as quantity,
        {{ at_most_money(times('observed_quantity', '(price - expected_unit_price)', 'share')) }} as price_effect
    from priced
),

told as (
    select fingerprint, 'missing_line' as cause, -expected_amount as amount, line, product_code, 'is not there' as says
    from measured where is_expected and not is_observed
    union all
    select fingerprint, 'extra_line', observed_amount, line, product_code, 'is not expected'
    from measured where is_observed and not is_expected
    union all
    select
        fingerprint, 'proration', proration, line, product_code,
        concat_ws(' ', 'bills', cast(observed_days as string), 'days instead of', cast(expected_days as string))
    from effects where attribute <> 'unit_price'
    union all
    select
        fingerprint, 'quantity', quantity, line, product_code,
        concat_ws(
            ' ', 'has quantity', {{ plain_decimal('observed_quantity') }}, 'instead of', {{ plain_decimal('expected_quantity') }}, 'at the expected price of',
            {{ plain_decimal('expected_unit_price') }}
        )
    from effects where attribute <> 'unit_price'
    union all
    select
        fingerprint, case when is_undiscounted then 'discount' else 'unit_price' end, price_effect, line, product_code,
        concat_ws(
            ' ', 'has', case when is_undiscounted then 'the list price' else 'unit price' end, {{ plain_decimal('observed_unit_price') }}, 'instead of',
            {{ plain_decimal('expected_unit_price') }}, 'for', {{ plain_decimal('observed_quantity') }}
        )
    from effects
    union all
    select
        fingerprint, 'rounding', observed_amount - expected_amount - proration - quantity - price_effect, line, product_code,
        'is rounded otherwise'
    from effects
    where attribute <> 'unit_price' and abs(observed_amount - expected_amount - proration - quantity - price_effect) <= minor_unit
),

final as (
    select
        cast(fingerprint as string) as fingerprint,
        cast(cause as string) as cause,
        {{ at_most_money('amount') }} as amount,
        cast(concat_ws(' ', line, concat('(', product_code, ')'), says) as string) as says
    from told
    where amount <> 0
)

select * from final
