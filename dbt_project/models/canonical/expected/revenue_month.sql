{{ by_deal() }}

with systems as (
    select * from {{ ref('dim_system') }}
),

ranked as (
    select
        subscriptions.*,
        systems.observed_through,
        row_number() over (
            partition by subscriptions.platform, subscriptions.document_number order by subscriptions.native_id desc
        ) as newness
    from {{ ref('fct_subscription') }} as subscriptions
    inner join systems
        on
            subscriptions.platform = systems.platform
            and subscriptions.legal_entity = systems.legal_entity
            and systems.role = 'billing'
),

subscriptions as (
    select * from ranked
    where newness = 1
),

recurring as (
    select distinct
        subscriptions.document_number,
        charges.platform,
        charges.product_code
    from {{ ref('fct_subscription_line') }} as charges
    inner join subscriptions
        on charges.platform = subscriptions.platform and charges.subscription_native_id = subscriptions.native_id
    where charges.charge_type = 'recurring'
),

invoices as (
    select invoices.*
    from {{ ref('fct_invoice') }} as invoices
    left join {{ ref('repeated_invoice') }} as repeated
        on invoices.platform = repeated.platform and invoices.native_id = repeated.native_id
    where invoices.status in ('open', 'paid') and repeated.native_id is null
),

billed as (
    select
        lines.*,
        {{ dbt.datediff('lines.service_start_on', dbt.dateadd('day', 1, 'lines.service_end_on'), 'month') }} as months_crossed
    from {{ ref('fct_invoice_line') }} as lines
    inner join invoices
        on lines.platform = invoices.platform and lines.invoice_native_id = invoices.native_id
    inner join recurring
        on
            lines.platform = recurring.platform
            and lines.subscription_number = recurring.document_number
            and lines.product_code = recurring.product_code
),

counted as (
    select
        *,
        case when service_end_on >= service_start_on and months_crossed = 0 then 1 else months_crossed end as month_count
    from billed
),

months as (
    {{ dbt.generate_series(120) }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

numbered as (
    select
        counted.*,
        subscriptions.native_id as subscription_native_id,
        subscriptions.deal_key,
        subscriptions.start_on,
        subscriptions.observed_through,
        currencies.minor_units,
        months.generated_number as part,
        cast(
            {{ dbt.datediff('subscriptions.start_on', 'counted.service_start_on', 'month') }} + months.generated_number as bigint
        ) as service_month
    from counted
    inner join subscriptions
        on counted.platform = subscriptions.platform and counted.subscription_number = subscriptions.document_number
    inner join months on counted.month_count >= months.generated_number
    left join currencies on counted.currency = currencies.currency
),

released as (
    select
        platform,
        deal_key,
        subscription_native_id,
        service_month,
        {{ share_of('amount', 'part', 'month_count', 'minor_units') }}
        - {{ share_of('amount', '(part - 1)', 'month_count', 'minor_units') }} as amount,
        cast({{ dbt.dateadd('month', 'service_month', 'start_on') }} as date) as over_on,
        source_updated_at,
        observed_through
    from numbered
),

final as (
    select
        platform,
        deal_key,
        subscription_native_id,
        service_month,
        max(over_on) as over_on,
        {{ money('sum(amount)') }} as amount,
        max(source_updated_at) as source_updated_at
    from released
    where cast(over_on as timestamp) <= observed_through
    group by platform, deal_key, subscription_native_id, service_month
)

select * from final
