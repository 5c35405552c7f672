{{ by_deal() }}

with givers as (
    {{ issuing_systems() }}
),

invoices as (
    select * from {{ ref('fct_invoice') }}
),

memos as (
    select * from {{ ref('fct_credit_memo') }} where status = 'issued'
),

given as (
    select
        memos.*,
        givers.role,
        sum(memos.amount) over (
            partition by memos.platform, memos.invoice_native_id
            order by memos.created_at nulls last, memos.native_id
            rows between unbounded preceding and current row
        ) as credited_so_far
    from memos
    inner join givers on memos.platform = givers.platform and memos.legal_entity = givers.legal_entity
),

-- expected of a memo is at most what those before it left of the invoice
compared as (
    select
        given.platform,
        given.native_id,
        given.platform as source_platform,
        least(given.amount, given.credited_so_far - invoices.amount) as excess,
        invoices.document_number as invoice_number,
        given.created_at as due_at,
        case
            when invoices.native_id is null then 'invoice_missing'
            when invoices.status = 'void' then 'invoice_void'
            when given.credited_so_far > invoices.amount then 'exceeds_invoice'
            when given.reason is null and given.role = 'billing' then 'reason_missing'
        end as cause
    from given
    left join invoices on given.platform = invoices.platform and given.invoice_native_id = invoices.native_id
),

causes as (
    select * from compared where cause is not null
    union all
    select
        platform,
        native_id,
        source_platform,
        cast(null as decimal(18, 4)) as excess,
        cast(null as string) as invoice_number,
        due_at,
        cause
    from {{ ref('unissued_credit') }}
),

found as (
    select
        memos.native_id as identity,
        causes.source_platform,
        memos.deal_key,
        memos.legal_entity,
        memos.entity,
        memos.platform,
        memos.native_id,
        memos.document_number,
        case causes.cause
            when 'exceeds_invoice' then 'amount' when 'reason_missing' then 'reason'
            when 'not_in_billing' then 'billing_number' when 'void_in_billing' then 'status' else 'invoice'
        end as attribute,
        case causes.cause
            when 'exceeds_invoice' then {{ plain_decimal('memos.amount - causes.excess') }} when 'void_in_billing' then 'void'
        end as expected_value,
        case causes.cause
            when 'exceeds_invoice' then {{ plain_decimal('memos.amount') }} when 'void_in_billing' then memos.status
            when 'not_in_billing' then memos.billing_number else memos.invoice_native_id
        end as observed_value,
        case causes.cause when 'exceeds_invoice' then causes.excess else memos.amount end as amount_at_risk,
        memos.currency,
        causes.cause,
        concat_ws(
            ' ', 'Credit memo', memos.document_number, 'of', {{ readable_money('memos.amount', 'memos.currency') }}, 'in', memos.platform,
            case causes.cause
                when 'invoice_missing' then 'credits no invoice that is there'
                when 'invoice_void' then concat_ws(' ', 'credits invoice', causes.invoice_number, 'that is void')
                when 'exceeds_invoice'
                    then concat_ws(
                        ' ', 'credits', {{ readable_money('causes.excess', 'memos.currency') }}, 'more than invoice',
                        causes.invoice_number, 'came to'
                    )
                when 'not_in_billing' then concat_ws(' ', 'was never issued in', causes.source_platform)
                when 'void_in_billing'
                    then concat_ws(' ', 'still stands, but', memos.billing_number, 'is void in', causes.source_platform)
                else concat_ws(' ', 'credits invoice', causes.invoice_number, 'without a reason')
            end
        ) as evidence,
        causes.due_at,
        memos.source_updated_at as observed_version
    from causes
    inner join memos on causes.platform = memos.platform and causes.native_id = memos.native_id
),

final as (
    {{ judged('credit_without_cause') }}
)

select * from final
