{{ config(materialized='view') }}

{%- set crossed = dbt.datediff('contracts.start_on', 'lines.service_start_on', 'month') -%}
with contracts as (
    select * from {{ ref('billed_contract') }}
),

subscriptions as (
    select
        contracts.contract_key,
        subscriptions.platform,
        subscriptions.document_number
    from contracts
    inner join {{ ref('fct_subscription') }} as subscriptions
        on contracts.platform = subscriptions.platform and contracts.quote_number = subscriptions.quote_number
    where subscriptions.status in ('active', 'expired')
),

invoices as (
    select invoices.*
    from {{ ref('fct_invoice') }} as invoices
    left join {{ ref('repeated_invoice') }} as repeated
        on invoices.platform = repeated.platform and invoices.native_id = repeated.native_id
    where invoices.status in ('open', 'paid') and repeated.native_id is null
),

sold_once as (
    select
        parent_key,
        product_code
    from {{ ref('exp_subscription_line') }}
    group by parent_key, product_code
    having bool_and(charge_type = 'one_time')
),

-- what is sold once belongs to the first period, whenever it was billed
final as (
    select
        contracts.contract_key,
        contracts.deal_key,
        lines.platform,
        lines.invoice_native_id,
        lines.native_id,
        lines.line_number,
        lines.product_code,
        lines.variant,
        lines.subscription_number,
        lines.quantity,
        lines.unit_price,
        lines.amount,
        lines.service_start_on,
        lines.service_end_on,
        lines.created_at,
        lines.source_updated_at,
        case
            when sold_once.product_code is not null then cast(1 as bigint)
            else cast(floor((
                {{ crossed }}
                - case when {{ dbt.dateadd('month', crossed, 'contracts.start_on') }} > lines.service_start_on then 1 else 0 end
            ) * 1.0 / contracts.months) as bigint) + 1
        end as period_number
    from {{ ref('fct_invoice_line') }} as lines
    inner join subscriptions on lines.platform = subscriptions.platform and lines.subscription_number = subscriptions.document_number
    inner join contracts on subscriptions.contract_key = contracts.contract_key
    inner join invoices on lines.platform = invoices.platform and lines.invoice_native_id = invoices.native_id
    left join sold_once on contracts.contract_key = sold_once.parent_key and lines.product_code = sold_once.product_code
    where lines.service_start_on <= contracts.today
)

select * from final
