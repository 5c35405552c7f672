{{ by_deal() }}

{%- set month_of = dbt.datediff('contracts.start_on', 'lines.service_start_on', 'month') -%}
{%- set same = ['product_code', 'variant', 'subscription_number', 'quantity', 'unit_price', 'service_start_on', 'service_end_on'] -%}
with billing as (
    select * from {{ ref('dim_system') }} where role = 'billing'
),

-- of another term, start or currency subscription_terms_differ tells all
subscriptions as (
    select
        expected.expected_key as contract_key,
        subscriptions.*
    from {{ ref('exp_subscription') }} as expected
    inner join {{ ref('fct_subscription') }} as subscriptions
        on expected.platform = subscriptions.platform and expected.quote_number = subscriptions.quote_number
    where
        subscriptions.status in ('active', 'expired')
        and subscriptions.start_on = expected.start_on
        and subscriptions.term_months = expected.term_months
        and subscriptions.currency = expected.currency
),

agreed_lines as (
    select
        lines.parent_key as contract_key,
        lines.product_code,
        min(lines.charge_type) as charge_type,
        max(periods.months) as months
    from {{ ref('exp_subscription_line') }} as lines
    left join {{ ref('billing_periods') }} as periods on lines.billing_period = periods.billing_period
    group by lines.parent_key, lines.product_code
),

contracts as (
    select
        expected.expected_key as contract_key,
        expected.source_platform,
        expected.deal_key,
        expected.legal_entity,
        expected.platform,
        expected.quote_number,
        expected.currency,
        expected.start_on,
        expected.end_on,
        cast(billing.observed_through as date) as today,
        known.native_id,
        known.document_number,
        known.created_at,
        coalesce(lengths.months, expected.term_months) as months
    from {{ ref('exp_subscription') }} as expected
    inner join billing on expected.platform = billing.platform and expected.legal_entity = billing.legal_entity
    inner join (
        select contract_key, min(native_id) as native_id, min(document_number) as document_number, min(created_at) as created_at
        from subscriptions
        group by contract_key
    ) as known on expected.expected_key = known.contract_key
    left join (
        select contract_key, max(months) as months from agreed_lines group by contract_key
    ) as lengths on expected.expected_key = lengths.contract_key
),

-- a product of which the subscription has other lines, or another price or quantity, is for subscription_terms_differ
altered as (
    select distinct subscription_key as contract_key, product_code
    from {{ ref('subscription_line_pair') }}
    where
        native_id is null or source_native_id is null
        or expected_billing_period is distinct from observed_billing_period
        or expected_quantity is distinct from observed_quantity
        or expected_unit_price is distinct from observed_unit_price
),

expected_amounts as (
    select
        periods.parent_key as contract_key,
        periods.product_code,
        periods.period_number,
        sum(periods.amount) as amount
    from {{ ref('exp_billing_period') }} as periods
    inner join contracts on periods.parent_key = contracts.contract_key
    where periods.service_start_on <= contracts.today
    group by periods.parent_key, periods.product_code, periods.period_number
),

invoices as (
    select invoices.*
    from {{ ref('fct_invoice') }} as invoices
    left join {{ ref('repeated_invoice') }} as repeated
        on invoices.platform = repeated.platform and invoices.native_id = repeated.native_id
    where invoices.status in ('open', 'paid') and repeated.native_id is null
),

-- a charge that is agreed once belongs to the first period, whenever it was billed
billed_lines as (
    select
        lines.*,
        subscriptions.contract_key,
        case
            when agreed_lines.charge_type = 'one_time' then 1
            else cast(floor((
                {{ month_of }}
                - case when {{ dbt.dateadd('month', month_of, 'contracts.start_on') }} > lines.service_start_on then 1 else 0 end
            ) * 1.0 / contracts.months) as bigint) + 1
        end as period_number
    from {{ ref('fct_invoice_line') }} as lines
    inner join subscriptions on lines.platform = subscriptions.platform and lines.subscription_number = subscriptions.document_number
    inner join contracts on subscriptions.contract_key = contracts.contract_key
    inner join invoices on lines.platform = invoices.platform and lines.invoice_native_id = invoices.native_id
    left join agreed_lines on contracts.contract_key = agreed_lines.contract_key and lines.product_code = agreed_lines.product_code
    where lines.service_start_on <= contracts.today
),

billed_amounts as (
    select
        contract_key,
        product_code,
        period_number,
        sum(amount) as amount,
        min(invoice_native_id) <> max(invoice_native_id) as is_on_several,
        max(created_at) as billed_at,
        max(source_updated_at) as source_updated_at
    from billed_lines
    group by contract_key, product_code, period_number
),

compared as (
    select
        coalesce(expected_amounts.contract_key, billed_amounts.contract_key) as contract_key,
        coalesce(expected_amounts.product_code, billed_amounts.product_code) as product_code,
        coalesce(expected_amounts.period_number, billed_amounts.period_number) as period_number,
        coalesce(expected_amounts.amount, 0) as expected_amount,
        coalesce(billed_amounts.amount, 0) as billed_amount,
        billed_amounts.contract_key is not null as is_billed,
        billed_amounts.is_on_several,
        billed_amounts.billed_at,
        billed_amounts.source_updated_at
    from expected_amounts
    full outer join billed_amounts
        on
            expected_amounts.contract_key = billed_amounts.contract_key
            and expected_amounts.product_code = billed_amounts.product_code
            and expected_amounts.period_number = billed_amounts.period_number
    where coalesce(expected_amounts.amount, 0) <> coalesce(billed_amounts.amount, 0)
),

-- a line that stands twice on one invoice is invoice_line_duplicated
places as (
    select
        lines.contract_key,
        lines.product_code,
        lines.period_number,
        lines.amount,
        row_number() over (
            partition by lines.platform, lines.invoice_native_id, {% for each in same %}lines.{{ each }}{{ ', ' if not loop.last }}{% endfor %}

            order by lines.line_number, lines.native_id
        ) as place
    from billed_lines as lines
    inner join compared
        on
            lines.contract_key = compared.contract_key
            and lines.product_code = compared.product_code
            and lines.period_number = compared.period_number
),

repeats as (
    select contract_key, product_code, period_number, sum(amount) as amount
    from places
    where place > 1
    group by contract_key, product_code, period_number
),

differing as (
    select
        compared.*,
        compared.billed_amount - coalesce(repeats.amount, 0) as counted_amount,
        case
            when compared.period_number < 1 then contracts.start_on
            else cast({{ dbt.dateadd('month', '(compared.period_number - 1) * contracts.months', 'contracts.start_on') }} as date)
        end as period_on,
        contracts.end_on
    from compared
    inner join contracts on compared.contract_key = contracts.contract_key
    left join repeats
        on
            compared.contract_key = repeats.contract_key
            and compared.product_code = repeats.product_code
            and compared.period_number = repeats.period_number
    left join altered on compared.contract_key = altered.contract_key and compared.product_code = altered.product_code
    where altered.contract_key is null
),

-- what was credited on the invoices of a period takes away from what was billed too much in it
credited as (
    select
        periods.contract_key,
        periods.period_number,
        sum(memos.amount - memos.tax_amount) as amount
    from (
        select lines.contract_key, lines.platform, lines.invoice_native_id, min(lines.period_number) as period_number
        from billed_lines as lines
        inner join (select distinct contract_key from differing) as wanted on lines.contract_key = wanted.contract_key
        group by lines.contract_key, lines.platform, lines.invoice_native_id
    ) as periods
    inner join {{ ref('fct_credit_memo') }} as memos
        on periods.platform = memos.platform and periods.invoice_native_id = memos.invoice_native_id
    where memos.status = 'issued'
    group by periods.contract_key, periods.period_number
),

caused as (
    select
        contract_key,
        period_number,
        period_on,
        case
            when not is_billed then 'period_not_billed'
            when period_on > end_on then 'billed_after_end'
            when is_on_several and counted_amount > expected_amount then 'billed_twice'
            else 'amount_differs'
        end as cause,
        sum(expected_amount) as expected_amount,
        sum(counted_amount) as billed_amount,
        min(product_code) as product_code,
        count(*) as product_count,
        max(billed_at) as billed_at,
        max(source_updated_at) as source_updated_at
    from differing
    where counted_amount <> expected_amount
    group by 1, 2, 3, 4
),

placed as (
    select
        *,
        row_number() over (
            partition by contract_key, period_number order by billed_amount - expected_amount desc, cause
        ) as place
    from caused
),

explained as (
    select
        placed.*,
        placed.billed_amount - case
            when placed.place = 1 and placed.billed_amount > placed.expected_amount
                then least(coalesce(credited.amount, 0), placed.billed_amount - placed.expected_amount)
            else 0
        end as net_amount
    from placed
    left join credited on placed.contract_key = credited.contract_key and placed.period_number = credited.period_number
),

found as (
    select
        concat_ws(':', contracts.contract_key, cast(explained.period_on as string), explained.cause) as identity,
        contracts.source_platform,
        contracts.deal_key,
        contracts.legal_entity,
        'subscription' as entity,
        contracts.platform,
        contracts.native_id,
        contracts.document_number,
        'billed_amount' as attribute,
        {{ plain_decimal('explained.expected_amount') }} as expected_value,
        {{ plain_decimal('explained.net_amount') }} as observed_value,
        abs(explained.net_amount - explained.expected_amount) as amount_at_risk,
        contracts.currency,
        explained.cause,
        concat_ws(
            ' ', 'Subscription', contracts.document_number, 'in', contracts.platform, 'billed',
            {{ readable_money('explained.net_amount', 'contracts.currency') }}, 'net for',
            case when explained.product_count = 1 then explained.product_code else concat(cast(explained.product_count as string), ' products') end,
            'in the period from', cast(explained.period_on as string), 'on; by quote', contracts.quote_number, 'it should be',
            {{ readable_money('explained.expected_amount', 'contracts.currency') }}
        ) as evidence,
        greatest(cast(explained.period_on as timestamp), contracts.created_at, coalesce(explained.billed_at, contracts.created_at)) as due_at,
        explained.source_updated_at as observed_version
    from explained
    inner join contracts on explained.contract_key = contracts.contract_key
    where explained.net_amount <> explained.expected_amount
),

final as (
    {{ judged('contract_billed_differently') }}
)

select * from final
