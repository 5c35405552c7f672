{%- set period_on = month_begin('contracts.start_on', '(credited.period_number - 1) * contracts.months') -%}
with contracts as (
    select * from {{ ref('billed_contract') }}
),

lines as (
    select * from {{ ref('billed_line') }}
),

-- a credit without a reason is credit_without_cause
issued as (
    select
        memos.*,
        memos.amount - memos.tax_amount as net_amount,
        memos.reason is not null and concessions.reason is null as is_asked
    from {{ ref('fct_credit_memo') }} as memos
    left join {{ ref('concessions') }} as concessions
        on memos.legal_entity = concessions.legal_entity and memos.reason = concessions.reason
    where memos.status = 'issued' and memos.invoice_native_id is not null
),

memos as (
    select
        platform,
        invoice_native_id,
        sum(net_amount) as amount,
        sum(case when is_asked then net_amount else 0 end) as asked_amount,
        min(case when is_asked then document_number end) as asked_number,
        sum(case when is_asked then 1 else 0 end) as asked_count,
        max(created_at) as credited_at,
        max(source_updated_at) as source_updated_at
    from issued
    group by platform, invoice_native_id
),

whole as (
    select
        lines.platform,
        lines.invoice_native_id,
        count(*) as line_count
    from memos
    inner join {{ ref('fct_invoice_line') }} as lines
        on memos.platform = lines.platform and memos.invoice_native_id = lines.invoice_native_id
    group by lines.platform, lines.invoice_native_id
),

-- of an invoice that bills other periods, or other than the contract, nobody can tell what was credited of which
invoices as (
    select
        lines.contract_key,
        memos.platform,
        memos.invoice_native_id,
        memos.amount,
        memos.asked_amount,
        memos.asked_number,
        memos.asked_count,
        memos.credited_at,
        memos.source_updated_at,
        min(lines.period_number) as period_number,
        min(lines.period_number) = max(lines.period_number) and count(*) = max(whole.line_count) as is_of_one_period
    from memos
    inner join lines on memos.platform = lines.platform and memos.invoice_native_id = lines.invoice_native_id
    inner join whole on memos.platform = whole.platform and memos.invoice_native_id = whole.invoice_native_id
    group by
        lines.contract_key, memos.platform, memos.invoice_native_id, memos.amount, memos.asked_amount, memos.asked_number,
        memos.asked_count, memos.credited_at, memos.source_updated_at
),

-- what goes beyond the invoice is credit_without_cause
credited as (
    select
        invoices.contract_key,
        invoices.period_number,
        sum(invoices.amount) as amount,
        sum(
            case when invoices.is_of_one_period then least(invoices.asked_amount, billed.amount - coalesce(billed.tax_amount, 0)) else 0 end
        ) as asked_amount,
        min(case when invoices.is_of_one_period then invoices.asked_number end) as asked_number,
        sum(case when invoices.is_of_one_period then invoices.asked_count else 0 end) as asked_count,
        max(invoices.credited_at) as credited_at,
        max(invoices.source_updated_at) as source_updated_at
    from invoices
    inner join {{ ref('fct_invoice') }} as billed
        on invoices.platform = billed.platform and invoices.invoice_native_id = billed.native_id
    group by invoices.contract_key, invoices.period_number
),

both_sides as (
    select lines.contract_key, lines.period_number, lines.product_code, lines.amount as billed_amount, 0 as agreed_amount
    from credited
    inner join lines on credited.contract_key = lines.contract_key and credited.period_number = lines.period_number
    union all
    select agreed.contract_key, agreed.period_number, agreed.product_code, 0 as billed_amount, agreed.amount as agreed_amount
    from credited
    inner join {{ ref('agreed_period') }} as agreed
        on credited.contract_key = agreed.contract_key and credited.period_number = agreed.period_number
),

products as (
    select
        contract_key,
        period_number,
        sum(billed_amount) - sum(agreed_amount) as difference
    from both_sides
    group by contract_key, period_number, product_code
),

-- whatever explains it; what is only billed under another product is no surplus
surplus as (
    select
        contract_key,
        period_number,
        case when sum(difference) = 0 then 0 else sum(greatest(difference, 0)) end as amount
    from products
    group by contract_key, period_number
),

final as (
    select
        credited.contract_key,
        contracts.deal_key,
        credited.period_number,
        {{ period_on }} as period_on,
        {{ at_most_money('credited.amount') }} as credited_amount,
        {{ at_most_money('credited.asked_amount') }} as asked_amount,
        {{ at_most_money('surplus.amount') }} as surplus_amount,
        cast(
            concat_ws(
                ' ', credited.asked_number,
                case when credited.asked_count > 1 then concat('and ', cast(credited.asked_count - 1 as string), ' more') end
            ) as string
        ) as asked_by,
        credited.credited_at,
        credited.source_updated_at
    from credited
    inner join contracts on credited.contract_key = contracts.contract_key
    inner join surplus on credited.contract_key = surplus.contract_key and credited.period_number = surplus.period_number
)

select * from final
