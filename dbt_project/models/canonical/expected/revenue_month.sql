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

-- a credit of an invoice that earns nothing takes nothing back
memos as (
    select
        memos.*,
        greatest(memos.issued_on, cast(memos.created_at as date)) as credited_on
    from {{ ref('fct_credit_memo') }} as memos
    left join invoices on memos.platform = invoices.platform and memos.invoice_native_id = invoices.native_id
    where memos.status = 'issued' and (memos.invoice_native_id is null or invoices.native_id is not null)
),

lines as (
    select
        lines.platform, lines.subscription_number, lines.product_code, lines.currency, lines.amount,
        lines.service_start_on, lines.service_end_on, lines.source_updated_at, cast(null as date) as credited_on
    from {{ ref('fct_invoice_line') }} as lines
    inner join invoices on lines.platform = invoices.platform and lines.invoice_native_id = invoices.native_id
    union all
    select
        lines.platform, lines.subscription_number, lines.product_code, lines.currency, -lines.amount,
        lines.service_start_on, lines.service_end_on, greatest(lines.source_updated_at, memos.source_updated_at), memos.credited_on
    from {{ ref('fct_credit_memo_line') }} as lines
    inner join memos on lines.platform = memos.platform and lines.credit_memo_native_id = memos.native_id
),

placed as (
    select
        lines.*,
        subscriptions.native_id as subscription_native_id,
        subscriptions.deal_key,
        subscriptions.start_on,
        subscriptions.observed_through,
        {{ dbt.datediff('lines.service_start_on', dbt.dateadd('day', 1, 'lines.service_end_on'), 'month') }} as months_crossed,
        {{ dbt.datediff('subscriptions.start_on', 'lines.service_start_on', 'month') }} as billed_after,
        {{ whole_months('subscriptions.start_on', 'lines.service_start_on') }} as credited_after,
        {{ whole_months('subscriptions.start_on', 'lines.service_end_on') }} as credited_until,
        {{ whole_months('subscriptions.start_on', 'lines.credited_on') }} + 1 as credited_in
    from lines
    inner join recurring
        on
            lines.platform = recurring.platform
            and lines.subscription_number = recurring.document_number
            and lines.product_code = recurring.product_code
    inner join subscriptions
        on lines.platform = subscriptions.platform and lines.subscription_number = subscriptions.document_number
),

-- a credit may begin and end within a month; what it takes back of months that are over is taken back in the one that it is given in
spread as (
    select
        *,
        case when credited_on is null then billed_after else credited_after end as months_before,
        case
            when credited_on is not null then credited_until - credited_after + 1
            when service_end_on >= service_start_on and months_crossed = 0 then 1
            else months_crossed
        end as month_count
    from placed
),

months as (
    {{ dbt.generate_series(600) }}
),

numbered as (
    select
        spread.*,
        currencies.minor_units,
        months.generated_number as part,
        cast(greatest(spread.months_before + months.generated_number, coalesce(spread.credited_in, 1)) as bigint) as service_month
    from spread
    inner join months on spread.month_count >= months.generated_number
    left join {{ ref('currencies') }} as currencies on spread.currency = currencies.currency
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
