{%- set same = ['product_code', 'variant', 'subscription_number', 'quantity', 'unit_price', 'service_start_on', 'service_end_on'] -%}
{%- set period_on = month_begin('contracts.start_on', '(differing.period_number - 1) * contracts.months') -%}
with contracts as (
    select * from {{ ref('billed_contract') }}
),

lines as (
    select * from {{ ref('billed_line') }}
),

-- a product of which the subscription has other lines, another price or quantity is for subscription_terms_differ, or amendment_not_reflected
altered as (
    select distinct
        subscription_key as contract_key,
        product_code
    from {{ ref('subscription_line_pair') }}
    where
        native_id is null
        or source_native_id is null
        or expected_billing_period is distinct from observed_billing_period
        or expected_quantity is distinct from observed_quantity
        or expected_unit_price is distinct from observed_unit_price
        or expected_effective_on <> observed_effective_on
),

agreed as (
    select * from {{ ref('agreed_period') }}
),

billed as (
    select
        contract_key,
        product_code,
        period_number,
        sum(amount) as amount,
        min(invoice_native_id) <> max(invoice_native_id) as is_on_several,
        max(created_at) as billed_at,
        max(source_updated_at) as source_updated_at
    from lines
    group by contract_key, product_code, period_number
),

differing as (
    select
        coalesce(agreed.contract_key, billed.contract_key) as contract_key,
        coalesce(agreed.product_code, billed.product_code) as product_code,
        coalesce(agreed.period_number, billed.period_number) as period_number,
        coalesce(agreed.amount, 0) as expected_amount,
        coalesce(billed.amount, 0) as billed_amount,
        billed.contract_key is not null as is_billed,
        coalesce(billed.is_on_several, false) as is_on_several,
        agreed.due_at, billed.billed_at, billed.source_updated_at
    from agreed
    full outer join billed
        on
            agreed.contract_key = billed.contract_key
            and agreed.product_code = billed.product_code
            and agreed.period_number = billed.period_number
    where coalesce(agreed.amount, 0) <> coalesce(billed.amount, 0) and not coalesce(agreed.is_running, false)
),

-- what is only billed under another product is no money: the item is wrong, not the sum
uneven as (
    select
        contract_key,
        period_number
    from differing
    group by contract_key, period_number
    having sum(expected_amount) <> sum(billed_amount)
),

concerned as (
    select * from lines
    where lines.contract_key in (select contract_key from differing)
),

-- a line that stands twice on one invoice is invoice_line_duplicated
repeats as (
    select
        contract_key,
        product_code,
        period_number,
        sum(amount) as amount
    from (
        select
            *,
            row_number() over (partition by platform, invoice_native_id, {{ same | join(', ') }} order by line_number, native_id) as place
        from concerned
    ) as placed
    where place > 1
    group by contract_key, product_code, period_number
),

final as (
    select
        differing.contract_key,
        contracts.deal_key,
        differing.product_code,
        differing.period_number,
        {{ period_on }} as period_on,
        {{ at_most_money('differing.expected_amount') }} as expected_amount,
        {{ at_most_money('differing.billed_amount - coalesce(repeats.amount, 0)') }} as billed_amount,
        {{ at_most_money('coalesce(credited.credited_amount, 0)') }} as credited_amount,
        differing.is_billed, differing.is_on_several, differing.due_at, differing.billed_at, differing.source_updated_at
    from differing
    inner join contracts on differing.contract_key = contracts.contract_key
    inner join uneven on differing.contract_key = uneven.contract_key and differing.period_number = uneven.period_number
    left join altered on differing.contract_key = altered.contract_key and differing.product_code = altered.product_code
    left join repeats
        on
            differing.contract_key = repeats.contract_key
            and differing.product_code = repeats.product_code
            and differing.period_number = repeats.period_number
    left join {{ ref('credited_period') }} as credited
        on differing.contract_key = credited.contract_key and differing.period_number = credited.period_number
    -- what is not billed of a renewal that the subscription does not carry is renewal_missed
    where
        (differing.is_billed or contracts.carried_to_on is null or {{ period_on }} <= contracts.carried_to_on)
        and altered.contract_key is null and differing.expected_amount <> differing.billed_amount - coalesce(repeats.amount, 0)
)

select * from final
