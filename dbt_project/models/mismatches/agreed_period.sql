with contracts as (
    select * from {{ ref('billed_contract') }}
),

begun as (
    select
        periods.*,
        periods.is_in_arrears and periods.service_end_on >= contracts.today as is_running
    from {{ ref('due_period') }} as periods
    inner join contracts on periods.contract_key = contracts.contract_key
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
