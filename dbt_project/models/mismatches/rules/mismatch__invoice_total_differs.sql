with pairs as (
    select
        expected.expected_key,
        expected.source_platform,
        expected.deal_key,
        expected.legal_entity,
        expected.platform,
        expected.billing_number,
        expected.currency,
        expected.amount as expected_amount,
        invoices.native_id,
        invoices.document_number,
        invoices.amount as observed_amount,
        invoices.source_updated_at as observed_version,
        greatest(expected.source_updated_at, invoices.source_updated_at) as changed_at
    from {{ ref('exp_invoice') }} as expected
    inner join {{ ref('fct_invoice') }} as invoices
        on expected.platform = invoices.platform and expected.billing_number = invoices.billing_number
    where
        invoices.status <> 'void'
        and invoices.amount <> expected.amount
),

expected_lines as (
    select
        lines.*,
        pairs.native_id as invoice_native_id
    from {{ ref('exp_invoice_line') }} as lines
    inner join pairs on lines.parent_key = pairs.expected_key
),

observed_lines as (
    select lines.*
    from {{ ref('fct_invoice_line') }} as lines
    inner join pairs on lines.platform = pairs.platform and lines.invoice_native_id = pairs.native_id
),

lines as (
    select
        coalesce(observed_lines.platform, expected_lines.platform) as platform,
        coalesce(observed_lines.invoice_native_id, expected_lines.invoice_native_id) as invoice_native_id,
        coalesce(observed_lines.line_number, expected_lines.line_number) as line_number,
        coalesce(observed_lines.native_id, expected_lines.source_native_id) as native_id,
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
    select
        platform,
        invoice_native_id,
        sum(difference) as difference
    from lines
    group by platform, invoice_native_id
),

differing as (
    select
        pairs.*,
        'invoice' as entity,
        pairs.native_id as record_id,
        pairs.observed_version as record_version,
        pairs.expected_amount as expected_record_amount,
        pairs.observed_amount as observed_record_amount,
        pairs.observed_amount - pairs.expected_amount - coalesce(explained.difference, 0) as difference,
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
        lines.expected_amount as expected_record_amount,
        lines.observed_amount as observed_record_amount,
        lines.difference,
        case
            when lines.observed_amount is null then 'line_missing'
            when lines.expected_amount is null then 'line_surplus'
            else 'line_amount'
        end as cause,
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
        'amount' as attribute,
        {{ plain_decimal('expected_record_amount') }} as expected_value,
        {{ plain_decimal('observed_record_amount') }} as observed_value,
        abs(difference) as amount_at_risk,
        currency,
        cause,
        concat_ws(
            ' ', 'Invoice', document_number, 'in', platform, 'amounts to', {{ readable_money('observed_amount', 'currency') }},
            'but', billing_number, 'in', source_platform, 'to', concat({{ readable_money('expected_amount', 'currency') }}, ';'),
            case when entity = 'invoice' then 'no line explains' else concat('line ', cast(line_number as string), ' explains') end,
            {{ readable_money('difference', 'currency') }}
        ) as evidence,
        changed_at as due_at,
        record_version as observed_version
    from differing
    where difference <> 0
),

final as (
    {{ judged('invoice_total_differs') }}
)

select * from final
