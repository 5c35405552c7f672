{%- set day_after = dbt.dateadd('day', 1, 'periods.service_end_on') -%}
with contracts as (
    select * from {{ ref('billed_contract') }}
),

-- what billing bills at the end of a period
in_arrears as (
    select distinct
        pairs.subscription_key as contract_key,
        pairs.product_code
    from {{ ref('subscription_line_pair') }} as pairs
    inner join {{ ref('fct_subscription_line') }} as held on pairs.platform = held.platform and pairs.native_id = held.native_id
    where held.billing_timing = 'arrears'
),

begun as (
    select
        periods.parent_key as contract_key,
        periods.product_code,
        periods.period_number,
        periods.amount,
        case when in_arrears.contract_key is null then periods.due_at else cast({{ day_after }} as timestamp) end as due_at,
        in_arrears.contract_key is not null and periods.service_end_on >= contracts.today as is_running
    from {{ ref('exp_billing_period') }} as periods
    inner join contracts on periods.parent_key = contracts.contract_key
    left join in_arrears on periods.parent_key = in_arrears.contract_key and periods.product_code = in_arrears.product_code
    where periods.service_start_on <= contracts.today
),

final as (
    select
        contract_key,
        product_code,
        period_number,
        {{ at_most_money('sum(amount)') }} as amount,
        max(due_at) as due_at,
        bool_or(is_running) as is_running
    from begun
    group by contract_key, product_code, period_number
)

select * from final
