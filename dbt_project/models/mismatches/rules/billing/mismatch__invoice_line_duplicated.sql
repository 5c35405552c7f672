{{ by_deal() }}

{%- set same = [
    'product_code', 'variant', 'subscription_number', 'quantity', 'unit_price', 'service_start_on', 'service_end_on'
] -%}
with billing as (
    select * from {{ ref('dim_system') }} where role = 'billing'
),

invoices as (
    select invoices.*
    from {{ ref('fct_invoice') }} as invoices
    inner join billing on invoices.platform = billing.platform and invoices.legal_entity = billing.legal_entity
    where invoices.status in ('open', 'paid')
),

repeated as (
    select
        *,
        row_number() over (
            partition by platform, invoice_native_id, {{ same | join(', ') }} order by line_number, native_id
        ) as place
    from {{ ref('fct_invoice_line') }}
),

surplus as (
    select
        platform,
        entity,
        invoice_native_id,
        {{ same | join(', ') }},
        min_by(native_id, place) as native_id,
        count(*) as line_count,
        sum(amount) as amount,
        min(created_at) as created_at,
        max(source_updated_at) as source_updated_at
    from repeated
    where place > 1
    group by platform, entity, invoice_native_id, {{ same | join(', ') }}
),

credited_lines as (
    select
        memos.platform,
        memos.invoice_native_id,
        lines.product_code as credited_code,
        sum(lines.amount) as amount
    from {{ ref('fct_credit_memo') }} as memos
    inner join {{ ref('fct_credit_memo_line') }} as lines
        on memos.platform = lines.platform and memos.native_id = lines.credit_memo_native_id
    where memos.status = 'issued'
    group by memos.platform, memos.invoice_native_id, lines.product_code
),

found as (
    select
        {{ fingerprint(['surplus.invoice_native_id'] + same) }} as identity,
        surplus.platform as source_platform,
        invoices.deal_key,
        invoices.legal_entity,
        surplus.entity,
        surplus.platform,
        surplus.native_id,
        invoices.document_number,
        'line_count' as attribute,
        '1' as expected_value,
        cast(surplus.line_count + 1 as string) as observed_value,
        abs(surplus.amount) as amount_at_risk,
        invoices.currency,
        'line_duplicated' as cause,
        concat_ws(
            ' ', 'Invoice', invoices.document_number, 'in', surplus.platform, 'bills', {{ plain_decimal('surplus.quantity') }}, 'of',
            surplus.product_code, surplus.variant, cast(surplus.line_count + 1 as string), 'times;',
            {{ readable_money('surplus.amount', 'invoices.currency') }}, 'of it repeats a line'
        ) as evidence,
        surplus.created_at as due_at,
        surplus.source_updated_at as observed_version
    from surplus
    inner join invoices on surplus.platform = invoices.platform and surplus.invoice_native_id = invoices.native_id
    left join credited_lines
        on
            surplus.platform = credited_lines.platform
            and surplus.invoice_native_id = credited_lines.invoice_native_id
            and surplus.product_code = credited_lines.credited_code
    left join {{ ref('credited_invoice') }} as credited on invoices.platform = credited.platform and invoices.native_id = credited.native_id
    where coalesce(credited_lines.amount < surplus.amount, true) and coalesce(credited.amount < invoices.amount, true)
),

final as (
    {{ judged('invoice_line_duplicated') }}
)

select * from final
