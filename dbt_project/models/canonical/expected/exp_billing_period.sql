{{ by_deal() }}

{%- set periods_before = "case when terms.charge_type = 'recurring' then floor(terms.months_before * 1.0 / terms.months) else 0 end" -%}
with subscriptions as (
    select * from {{ ref('exp_subscription') }}
),

lines as (
    select * from {{ ref('contract_line') }}
),

periods as (select * from {{ ref('billing_periods') }}),

currencies as (select * from {{ ref('currencies') }}),

amendments as (
    select * from {{ ref('amended_line') }}
),

-- fifty years by the month: the gate warns of a quote that is for longer
numbers as (
    {{ dbt.generate_series(600) }}
),

-- what is sold once is billed with the first period
terms as (
    select
        lines.*,
        subscriptions.start_on,
        lines.term_end_on as end_on,
        case when lines.charge_type = 'recurring' then lines.billed_months else 1 end as term_months,
        case when lines.charge_type = 'recurring' then periods.months else 1 end as months,
        currencies.minor_units,
        {{ at_most_money(times('lines.agreed_quantity', 'lines.unit_price')) }} as period_amount
    from lines
    inner join subscriptions on lines.parent_key = subscriptions.expected_key
    left join periods on lines.billing_period = periods.billing_period
    left join currencies on lines.currency = currencies.currency
),

numbered as (
    select
        terms.*,
        numbers.generated_number,
        cast({{ periods_before }} + numbers.generated_number as bigint) as period_number,
        terms.months_before + (numbers.generated_number - 1) * terms.months as months_over,
        {{ month_begin('terms.start_on', 'terms.months_before + (numbers.generated_number - 1) * terms.months') }} as service_start_on,
        least(terms.months, terms.term_months - (numbers.generated_number - 1) * terms.months) as month_count
    from terms
    inner join numbers on floor((terms.term_months + terms.months - 1) * 1.0 / terms.months) >= numbers.generated_number
),

agreed as (
    select
        *,
        case
            when charge_type <> 'recurring' then service_start_on
            when generated_number * months >= term_months then end_on
            else cast({{ dbt.dateadd('day', -1, month_begin('start_on', 'months_over + months')) }} as date)
        end as service_end_on
    from numbered
),

-- what an amendment changes of each period that is not over on the day it takes effect; of the period that this day lies in, the months
-- and days that are left
changed as (
    select
        agreed.*,
        amendments.native_id as amendment_line_id,
        amendments.source_updated_at as amended_at,
        amendments.accepted_at,
        {{ whole_months('agreed.start_on', 'amendments.effective_on') }} as month_number,
        amendments.effective_on as changed_on,
        {{ at_most_money(times('amendments.quantity_change', 'agreed.unit_price')) }} as change_amount
    from agreed
    inner join amendments
        on
            agreed.source_platform = amendments.platform
            and agreed.source_native_id = coalesce(amendments.amended_line_native_id, amendments.native_id)
    where agreed.charge_type = 'recurring' and amendments.effective_on <= agreed.service_end_on
),

counted as (
    select
        *,
        (service_start_on < changed_on) as is_within,
        {{ dbt.datediff(month_begin('start_on', 'month_number'), 'changed_on', 'day') }} as days_over,
        {{ dbt.datediff(month_begin('start_on', 'month_number'), month_begin('start_on', 'month_number + 1'), 'day') }} as month_days
    from changed
),

parts as (
    select
        expected_key,
        cast(null as string) as amendment_line_id,
        period_number,
        service_start_on,
        service_start_on as from_on,
        source_updated_at,
        cast(service_start_on as timestamp) as due_at,
        period_amount as whole_amount,
        month_count as part,
        months as whole
    from agreed
    union all
    select
        expected_key,
        amendment_line_id,
        period_number,
        service_start_on,
        case when is_within then changed_on else service_start_on end as from_on,
        greatest(source_updated_at, amended_at) as source_updated_at,
        greatest(cast(service_start_on as timestamp), cast(changed_on as timestamp), accepted_at) as due_at,
        change_amount as whole_amount,
        case
            when is_within then (months_over + month_count - month_number) * month_days - days_over
            else month_count * month_days
        end as part,
        months * month_days as whole
    from counted
),

final as (
    select
        concat_ws(':', parts.expected_key, cast(parts.period_number as string), parts.amendment_line_id) as expected_key,
        agreed.deal_key,
        agreed.customer_key,
        agreed.legal_entity,
        agreed.platform,
        'billing_period' as entity,
        agreed.source_platform,
        agreed.source_entity,
        agreed.source_native_id,
        agreed.source_document_number,
        parts.source_updated_at,
        agreed.currency,
        parts.due_at,
        agreed.parent_key,
        agreed.quote_number,
        agreed.product_code,
        agreed.charge_type,
        agreed.period_number,
        parts.from_on as service_start_on,
        agreed.service_end_on,
        {{ share_of('parts.whole_amount', 'parts.part', 'parts.whole', 'agreed.minor_units') }} as amount
    from parts
    inner join agreed on parts.expected_key = agreed.expected_key and parts.period_number = agreed.period_number
)

select * from final
