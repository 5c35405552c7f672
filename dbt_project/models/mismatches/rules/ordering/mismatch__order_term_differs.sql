{{ by_deal() }}

with orders as (
    select * from {{ ref('order_of_quote') }} where place = 1
),

booked as (
    select * from {{ ref('fct_order') }}
),

expected as (
    select * from {{ ref('exp_order') }}
),

recurring as (
    select
        platform,
        quote_native_id,
        sum(amount) as amount
    from {{ ref('fct_quote_line') }}
    where charge_type = 'recurring'
    group by platform, quote_native_id
),

compared as (
    select
        orders.*,
        booked.start_on,
        booked.end_on,
        expected.start_on as expected_start_on,
        expected.end_on as expected_end_on,
        coalesce(recurring.amount, 0) as recurring_amount,
        {{ dbt.datediff('expected.start_on', 'expected.end_on', 'day') }} + 1 as expected_days,
        {{ dbt.datediff('booked.start_on', 'booked.end_on', 'day') }} + 1 as booked_days,
        coalesce(abs({{ dbt.datediff('expected.start_on', 'booked.start_on', 'day') }}), 0) as start_days,
        coalesce(abs({{ dbt.datediff('expected.end_on', 'booked.end_on', 'day') }}), 0) as end_days
    from orders
    inner join booked on orders.platform = booked.platform and orders.native_id = booked.native_id
    inner join expected on orders.expected_key = expected.expected_key
    left join recurring on orders.source_platform = recurring.platform and orders.quote_id = recurring.quote_native_id
),

differing as (
    select
        *,
        concat_ws(' to ', cast(expected_start_on as string), cast(expected_end_on as string)) as expected_term,
        concat_ws(' to ', cast(start_on as string), cast(end_on as string)) as booked_term,
        -- days that are missing at one end and too many at the other are shifted, and count once
        least(case when booked_days = expected_days then start_days else start_days + end_days end, expected_days) as days
    from compared
    where start_days + end_days > 0
),

found as (
    select
        native_id as identity,
        source_platform,
        deal_key,
        legal_entity,
        'order' as entity,
        platform,
        native_id,
        document_number,
        'term' as attribute,
        expected_term as expected_value,
        booked_term as observed_value,
        {{ share_of('recurring_amount', 'days', 'expected_days', 2) }} as amount_at_risk,
        expected_currency as currency,
        case
            when booked_days > expected_days then 'term_longer'
            when booked_days < expected_days then 'term_shorter'
            when start_on is null then case when end_on > expected_end_on then 'term_longer' else 'term_shorter' end
            when end_on is null then case when start_on < expected_start_on then 'term_longer' else 'term_shorter' end
            else 'term_shifted'
        end as cause,
        concat_ws(
            ' ', 'Order', document_number, 'in', platform, 'runs', booked_term, 'but its quote', quote_number, 'runs', expected_term
        ) as evidence,
        greatest(quote_updated_at, created_at) as due_at,
        source_updated_at as observed_version
    from differing
),

final as (
    {{ judged('order_term_differs') }}
)

select * from final
