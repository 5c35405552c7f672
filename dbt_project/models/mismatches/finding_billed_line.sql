{{ config(materialized='view') }}

{%- set same = ['product_code', 'variant', 'quantity', 'unit_price', 'amount', 'service_start_on', 'service_end_on'] -%}
with findings as (
    select * from {{ ref('finding_difference') }} where attribute = 'billed_amount'
),

contracts as (
    select * from {{ ref('billed_contract') }} where deal_key in (select deal_key from findings)
),

-- the products of a period that are one finding
periods as (
    select
        periods.*,
        contracts.platform,
        contracts.document_number,
        {{ dbt.dateadd('month', 'contracts.months', 'periods.period_on') }} as next_period_on,
        {{ billed_cause() }} as cause
    from {{ ref('billed_period') }} as periods
    inner join contracts on periods.contract_key = contracts.contract_key
),

agreed as (
    select
        lines.parent_key,
        lines.product_code,
        max(lines.quantity) as quantity,
        max(lines.unit_price) as unit_price,
        max(lines.charge_type) as charge_type
    from {{ ref('exp_subscription_line') }} as lines
    inner join contracts on lines.parent_key = contracts.contract_key
    group by lines.parent_key, lines.product_code
    having count(*) = 1
),

terms as (
    select
        terms.parent_key,
        terms.product_code,
        terms.period_number,
        max({{ dbt.datediff('terms.service_start_on', 'terms.service_end_on', 'day') }} + 1) as days
    from {{ ref('exp_billing_period') }} as terms
    inner join contracts on terms.parent_key = contracts.contract_key
    group by terms.parent_key, terms.product_code, terms.period_number
),

expected as (
    select
        findings.fingerprint,
        periods.*,
        agreed.quantity,
        agreed.unit_price,
        agreed.charge_type,
        terms.days
    from periods
    inner join findings
        on
            {{ fingerprint([
                "'contract_billed_differently'", 'periods.platform',
                "concat_ws(':', periods.contract_key, cast(periods.period_on as string), periods.cause)", "'billed_amount'"
            ]) }} = findings.fingerprint
    left join agreed on periods.contract_key = agreed.parent_key and periods.product_code = agreed.product_code
    left join terms
        on
            periods.contract_key = terms.parent_key
            and periods.product_code = terms.product_code
            and periods.period_number = terms.period_number
),

-- a line that stands twice on its invoice is another rule's
billed as (
    select
        expected.fingerprint,
        expected.expected_amount,
        lines.*,
        invoices.document_number as invoice_number,
        invoices.created_at as invoiced_at,
        row_number() over (
            partition by expected.fingerprint, lines.invoice_native_id, {% for name in same %}lines.{{ name }}{{ ', ' if not loop.last }}{% endfor %}
            order by lines.line_number, lines.native_id
        ) as copy_number
    from expected
    inner join {{ ref('fct_invoice_line') }} as lines
        on
            expected.platform = lines.platform
            and expected.document_number = lines.subscription_number
            and expected.product_code = lines.product_code
            and (
                (expected.period_on <= lines.service_start_on and expected.next_period_on > lines.service_start_on)
                or (expected.charge_type = 'one_time' and expected.period_number = 1)
            )
    inner join {{ ref('fct_invoice') }} as invoices
        on lines.platform = invoices.platform and lines.invoice_native_id = invoices.native_id
    left join {{ ref('repeated_invoice') }} as repeated
        on invoices.platform = repeated.platform and invoices.native_id = repeated.native_id
    where invoices.status in ('open', 'paid') and repeated.native_id is null
),

-- the line that comes nearest is the one expected, of several the first that was billed; the others are too many
placed as (
    select
        *,
        row_number() over (
            partition by fingerprint, product_code order by abs(amount - expected_amount), invoiced_at, invoice_native_id, line_number, native_id
        ) as place
    from billed
    where copy_number = 1
),

final as (
    select
        coalesce(expected.fingerprint, placed.fingerprint) as fingerprint,
        case
            when placed.fingerprint is null then concat('the period from ', cast(expected.period_on as string))
            else concat_ws(' of ', concat('line ', cast(placed.line_number as string)), placed.invoice_number)
        end as line,
        coalesce(placed.product_code, expected.product_code) as product_code,
        coalesce(expected.expected_amount <> 0, false) as is_expected,
        placed.fingerprint is not null as is_observed,
        expected.quantity as expected_quantity,
        placed.quantity as observed_quantity,
        expected.unit_price as expected_unit_price,
        placed.unit_price as observed_unit_price,
        {{ unit_price('null') }} as list_price,
        expected.expected_amount,
        placed.amount as observed_amount,
        expected.days as expected_days,
        {{ dbt.datediff('placed.service_start_on', 'placed.service_end_on', 'day') }} + 1 as observed_days,
        expected.credited_amount
    from expected
    full outer join placed
        on expected.fingerprint = placed.fingerprint and expected.product_code = placed.product_code and placed.place = 1
)

select * from final
