{{ by_deal() }}

with invoices as (
    select
        expected.expected_key,
        invoices.platform,
        invoices.native_id
    from {{ ref('exp_invoice') }} as expected
    inner join {{ ref('fct_invoice') }} as invoices on expected.platform = invoices.platform and expected.billing_number = invoices.billing_number
    where invoices.status is distinct from 'void' and invoices.currency is not distinct from expected.currency
),

expected_lines as (
    select lines.*, invoices.native_id as invoice_native_id
    from {{ ref('exp_invoice_line') }} as lines
    inner join invoices on lines.parent_key = invoices.expected_key
),

observed_lines as (
    select lines.*
    from {{ ref('fct_invoice_line') }} as lines
    inner join invoices on lines.platform = invoices.platform and lines.invoice_native_id = invoices.native_id
),

sides as (
    select platform, invoice_native_id, product_code, quantity, amount from expected_lines
    union all
    select platform, invoice_native_id, product_code, -quantity, -amount from observed_lines
),

-- a product that comes to the same differs in nothing, in whatever lines it stands
netted as (
    select platform, invoice_native_id, product_code
    from sides
    group by platform, invoice_native_id, product_code
    having sum(quantity) = 0 and sum(amount) = 0
),

{% for side in ['expected', 'observed'] %}
{{ side }} as (
    select lines.*
    from {{ side }}_lines as lines
    left join netted
        on
            lines.platform = netted.platform
            and lines.invoice_native_id = netted.invoice_native_id
            and lines.product_code = netted.product_code
    where netted.platform is null
),
{% endfor %}

-- a product that nobody sold is billing's mistake
sold as (
    select distinct deal_key, product_code
    from {{ ref('fct_quote_line') }}
),

paired as (
    select
        coalesce(observed.platform, expected.platform) as platform,
        coalesce(observed.invoice_native_id, expected.invoice_native_id) as invoice_native_id,
        coalesce(observed.line_number, expected.line_number) as line_number,
        coalesce(observed.native_id, expected.source_native_id) as native_id,
        coalesce(expected.deal_key, observed.deal_key) as deal_key,
        case when observed.native_id is null then 'line_missing' when expected.expected_key is null then 'line_surplus' end as lone_cause,
        expected.product_code as expected_product,
        observed.product_code as observed_product,
        expected.quantity as expected_quantity,
        observed.quantity as observed_quantity,
        expected.amount as expected_amount,
        observed.amount as observed_amount,
        {{ money('coalesce(observed.amount, 0) - coalesce(expected.amount, 0)') }} as difference,
        observed.source_updated_at as observed_version
    from expected
    full outer join observed
        on
            expected.platform = observed.platform
            and expected.invoice_native_id = observed.invoice_native_id
            and expected.line_number = observed.line_number
),

differing as (
    select
        paired.*,
        'amount' as attribute,
        {{ plain_decimal('expected_amount') }} as expected_value,
        {{ plain_decimal('observed_amount') }} as observed_value,
        difference as amount,
        coalesce(lone_cause, 'line_amount') as cause
    from paired
    where difference <> 0
    union all
    select
        paired.*,
        'product_code' as attribute,
        paired.expected_product as expected_value,
        paired.observed_product as observed_value,
        paired.expected_amount as amount,
        'line_product' as cause
    from paired
    inner join sold on paired.deal_key = sold.deal_key and paired.expected_product = sold.product_code
    where paired.lone_cause is null and paired.observed_product is distinct from paired.expected_product
    union all
    -- where the amounts differ, too, the quantity is what explains it
    select
        paired.*,
        'quantity' as attribute,
        {{ plain_decimal('expected_quantity') }} as expected_value,
        {{ plain_decimal('observed_quantity') }} as observed_value,
        expected_amount as amount,
        'line_quantity' as cause
    from paired
    where
        lone_cause is null and difference = 0 and observed_product is not distinct from expected_product
        and expected_quantity is not null and observed_quantity is distinct from expected_quantity
),

final as (
    select
        platform,
        invoice_native_id,
        deal_key,
        line_number,
        native_id,
        cast(attribute as string) as attribute,
        cast(expected_value as string) as expected_value,
        cast(observed_value as string) as observed_value,
        amount,
        cast(cause as string) as cause,
        observed_version
    from differing
)

select * from final
