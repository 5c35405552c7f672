{{ config(materialized='view') }}

{%- set day_after = dbt.dateadd('day', 1, 'periods.service_end_on') -%}
-- what billing bills at the end of a period
with in_arrears as (
    select distinct
        pairs.subscription_key as contract_key,
        pairs.product_code
    from {{ ref('subscription_line_pair') }} as pairs
    inner join {{ ref('fct_subscription_line') }} as held on pairs.platform = held.platform and pairs.native_id = held.native_id
    where held.billing_timing = 'arrears'
),

final as (
    select
        periods.deal_key,
        periods.customer_key,
        periods.legal_entity,
        periods.currency,
        periods.parent_key as contract_key,
        periods.product_code,
        periods.period_number,
        periods.service_start_on,
        periods.service_end_on,
        periods.amount,
        case when in_arrears.contract_key is null then periods.due_at else cast({{ day_after }} as timestamp) end as due_at,
        in_arrears.contract_key is not null as is_in_arrears
    from {{ ref('exp_billing_period') }} as periods
    left join in_arrears on periods.parent_key = in_arrears.contract_key and periods.product_code = in_arrears.product_code
)

select * from final
