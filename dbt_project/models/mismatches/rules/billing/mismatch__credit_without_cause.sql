{{ by_deal() }}

with givers as (
    {{ issuing_systems() }}
),

memos as (
    select
        memos.*,
        givers.role,
        sum(memos.amount) over (
            partition by memos.platform, memos.invoice_native_id
            order by memos.created_at nulls last, memos.native_id
            rows between unbounded preceding and current row
        ) as credited_so_far
    from {{ ref('fct_credit_memo') }} as memos
    inner join givers on memos.platform = givers.platform and memos.legal_entity = givers.legal_entity
    where memos.status = 'issued'
),

-- expected of a memo is at most what those before it left of the invoice
compared as (
    select
        memos.*,
        invoices.document_number as invoice_number,
        least(memos.amount, memos.credited_so_far - invoices.amount) as excess,
        case
            when invoices.native_id is null then 'invoice_missing'
            when invoices.status = 'void' then 'invoice_void'
            when memos.credited_so_far > invoices.amount then 'exceeds_invoice'
            when memos.reason is null and memos.role = 'billing' then 'reason_missing'
        end as cause
    from memos
    left join {{ ref('fct_invoice') }} as invoices
        on memos.platform = invoices.platform and memos.invoice_native_id = invoices.native_id
),

found as (
    select
        native_id as identity,
        platform as source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        case cause when 'exceeds_invoice' then 'amount' when 'reason_missing' then 'reason' else 'invoice' end as attribute,
        case cause when 'exceeds_invoice' then {{ plain_decimal('amount - excess') }} end as expected_value,
        case cause when 'exceeds_invoice' then {{ plain_decimal('amount') }} else invoice_native_id end as observed_value,
        case cause when 'exceeds_invoice' then excess else amount end as amount_at_risk,
        currency,
        cause,
        concat_ws(
            ' ', 'Credit memo', document_number, 'of', {{ readable_money('amount', 'currency') }}, 'in', platform,
            case cause
                when 'invoice_missing' then 'credits no invoice that is there'
                when 'invoice_void' then concat_ws(' ', 'credits invoice', invoice_number, 'that is void')
                when 'exceeds_invoice'
                    then concat_ws(' ', 'credits', {{ readable_money('excess', 'currency') }}, 'more than invoice', invoice_number, 'came to')
                else concat_ws(' ', 'credits invoice', invoice_number, 'without a reason')
            end
        ) as evidence,
        created_at as due_at,
        source_updated_at as observed_version
    from compared
    where cause is not null
),

final as (
    {{ judged('credit_without_cause') }}
)

select * from final
