{{ by_deal() }}

with differing_invoices as (
    select
        expected.expected_key,
        expected.source_platform,
        expected.deal_key,
        expected.legal_entity,
        expected.platform,
        expected.billing_number,
        expected.currency as expected_currency,
        invoices.currency,
        expected.amount as expected_amount,
        invoices.native_id,
        invoices.document_number,
        invoices.amount as observed_amount,
        invoices.source_updated_at as observed_version,
        coalesce(invoices.tax_amount, 0) - coalesce(expected.tax_amount, 0) as tax_difference,
        greatest(expected.source_updated_at, expected.due_at, invoices.created_at) as due_at
    from {{ ref('exp_invoice') }} as expected
    inner join {{ ref('fct_invoice') }} as invoices on expected.platform = invoices.platform and expected.billing_number = invoices.billing_number
    left join {{ ref('credited_invoice') }} as credited on invoices.platform = credited.platform and invoices.native_id = credited.native_id
    -- a copy that was credited by what it comes to left nothing in the books, whatever it should have come to
    where
        invoices.status is distinct from 'void' and (invoices.amount is null or credited.amount is distinct from invoices.amount)
        and (invoices.amount is distinct from expected.amount or invoices.currency is distinct from expected.currency)
),

pairs as (
    select * from differing_invoices
    where currency is not distinct from expected_currency and coalesce(observed_amount - expected_amount <> tax_difference, true)
),

expected_lines as (
    select lines.*, pairs.native_id as invoice_native_id
    from {{ ref('exp_invoice_line') }} as lines inner join pairs on lines.parent_key = pairs.expected_key
),

observed_lines as (
    select lines.*
    from {{ ref('fct_invoice_line') }} as lines inner join pairs on lines.platform = pairs.platform and lines.invoice_native_id = pairs.native_id
),

lines as (
    select
        coalesce(observed_lines.platform, expected_lines.platform) as platform,
        coalesce(observed_lines.invoice_native_id, expected_lines.invoice_native_id) as invoice_native_id,
        coalesce(observed_lines.line_number, expected_lines.line_number) as line_number,
        coalesce(observed_lines.native_id, expected_lines.source_native_id) as native_id,
        case
            when observed_lines.native_id is null then 'line_missing'
            when expected_lines.expected_key is null then 'line_surplus'
            else 'line_amount'
        end as cause,
        expected_lines.amount as expected_amount,
        observed_lines.amount as observed_amount,
        coalesce(observed_lines.amount, 0) - coalesce(expected_lines.amount, 0) as difference,
        observed_lines.source_updated_at as observed_version
    from expected_lines
    full outer join observed_lines
        on
            expected_lines.platform = observed_lines.platform
            and expected_lines.invoice_native_id = observed_lines.invoice_native_id
            and expected_lines.line_number = observed_lines.line_number
),

explained as (
    select platform, invoice_native_id, sum(difference) as difference from lines group by platform, invoice_native_id
),

differing as (
    select
        differing_invoices.*,
        'invoice' as entity,
        native_id as record_id,
        observed_version as record_version,
        'currency' as attribute,
        expected_currency as expected_value,
        currency as observed_value,
        coalesce(observed_amount, expected_amount) as difference,
        'currency' as cause,
        cast(null as bigint) as line_number
    from differing_invoices where currency is distinct from expected_currency
    union all
    select
        pairs.*,
        'invoice' as entity,
        pairs.native_id as record_id,
        pairs.observed_version as record_version,
        'amount' as attribute,
        {{ plain_decimal('pairs.expected_amount') }} as expected_value,
        {{ plain_decimal('pairs.observed_amount') }} as observed_value,
        coalesce(pairs.observed_amount, 0) - coalesce(pairs.expected_amount, 0) - coalesce(explained.difference, 0) as difference,
        'header_amount' as cause,
        cast(null as bigint) as line_number
    from pairs
    left join explained on pairs.platform = explained.platform and pairs.native_id = explained.invoice_native_id
    union all
    select
        pairs.*,
        'invoice_line' as entity,
        lines.native_id as record_id,
        lines.observed_version as record_version,
        'amount' as attribute,
        {{ plain_decimal('lines.expected_amount') }} as expected_value,
        {{ plain_decimal('lines.observed_amount') }} as observed_value,
        lines.difference,
        lines.cause,
        lines.line_number
    from pairs
    inner join lines on pairs.platform = lines.platform and pairs.native_id = lines.invoice_native_id
),

found as (
    select
        concat_ws(':', native_id, cast(line_number as string)) as identity,
        source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        record_id as native_id,
        document_number,
        attribute,
        expected_value,
        observed_value,
        abs(difference) as amount_at_risk,
        currency,
        cause,
        concat_ws(
            ' ', 'Invoice', document_number, 'in', platform, 'amounts to', {{ readable_money('observed_amount', 'currency') }},
            'but', billing_number, 'in', source_platform, 'to', {{ readable_money('expected_amount', 'expected_currency') }},
            case
                when attribute = 'currency' then 'in another currency'
                when entity = 'invoice' then 'and no line explains'
                else concat('and line ', cast(line_number as string), ' explains')
            end, case when attribute = 'amount' then {{ readable_money('difference', 'currency') }} end
        ) as evidence,
        due_at,
        record_version as observed_version
    from differing
    where difference <> 0
),

final as (
    {{ judged('invoice_total_differs') }}
)

select * from final
