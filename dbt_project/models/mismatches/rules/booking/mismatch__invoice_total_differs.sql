{{ by_deal() }}

with lines as (
    select * from {{ ref('differing_invoice_line') }}
),

explained as (
    select
        platform,
        invoice_native_id,
        sum(amount) as amount
    from lines
    where attribute = 'amount'
    group by platform, invoice_native_id
),

invoices as (
    select
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
        (invoices.currency is not distinct from expected.currency) as is_of_currency,
        (invoices.amount is not distinct from expected.amount) as is_of_amount,
        coalesce(invoices.tax_amount, 0) - coalesce(expected.tax_amount, 0) as tax_difference,
        coalesce(explained.amount, 0) as explained_by_lines,
        greatest(expected.source_updated_at, expected.due_at, invoices.created_at) as due_at
    from {{ ref('exp_invoice') }} as expected
    inner join {{ ref('fct_invoice') }} as invoices on expected.platform = invoices.platform and expected.billing_number = invoices.billing_number
    left join {{ ref('credited_invoice') }} as credited on invoices.platform = credited.platform and invoices.native_id = credited.native_id
    left join explained on invoices.platform = explained.platform and invoices.native_id = explained.invoice_native_id
    -- a copy that was credited by what it comes to left nothing in the books, whatever it should have come to
    where invoices.status is distinct from 'void' and (invoices.amount is null or credited.amount is distinct from invoices.amount)
),

-- where the totals agree and the lines come to another sum, not all of them are known
compared as (
    select * from invoices
    where
        is_of_currency
        and case when is_of_amount then explained_by_lines = 0 else coalesce(observed_amount - expected_amount <> tax_difference, true) end
),

differing as (
    select
        invoices.*,
        'invoice' as entity,
        native_id as record_id,
        observed_version as record_version,
        'currency' as attribute,
        expected_currency as expected_value,
        currency as observed_value,
        coalesce(observed_amount, expected_amount) as difference,
        'currency' as cause,
        cast(null as bigint) as line_number
    from invoices where not is_of_currency
    union all
    select
        compared.*,
        'invoice' as entity,
        native_id as record_id,
        observed_version as record_version,
        'amount' as attribute,
        {{ plain_decimal('expected_amount') }} as expected_value,
        {{ plain_decimal('observed_amount') }} as observed_value,
        coalesce(observed_amount, 0) - coalesce(expected_amount, 0) - explained_by_lines as difference,
        'header_amount' as cause,
        cast(null as bigint) as line_number
    from compared where not is_of_amount
    union all
    select
        compared.*,
        'invoice_line' as entity,
        lines.native_id as record_id,
        lines.observed_version as record_version,
        lines.attribute,
        lines.expected_value,
        lines.observed_value,
        lines.amount as difference,
        lines.cause,
        lines.line_number
    from compared
    inner join lines on compared.platform = lines.platform and compared.native_id = lines.invoice_native_id
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
            ' ', 'Invoice', document_number, 'in', platform,
            case
                when entity = 'invoice_line' and (attribute <> 'amount' or is_of_amount)
                    then concat_ws(
                        ' ', 'has on line', cast(line_number as string), replace(attribute, '_', ' '), coalesce(observed_value, 'none'),
                        'but', billing_number, 'in', source_platform, 'has', coalesce(expected_value, 'none')
                    )
                else concat_ws(
                    ' ', 'amounts to', {{ readable_money('observed_amount', 'currency') }},
                    'but', billing_number, 'in', source_platform, 'to', {{ readable_money('expected_amount', 'expected_currency') }},
                    case
                        when attribute = 'currency' then 'in another currency'
                        when entity = 'invoice' then 'and no line explains'
                        else concat('and line ', cast(line_number as string), ' explains')
                    end, case when attribute = 'amount' then {{ readable_money('difference', 'currency') }} end
                )
            end
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
