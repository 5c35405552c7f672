{{ by_deal() }}

with pairs as (
    select * from {{ ref('tax_document_pair') }}
    where expected_status = 'committed' and document_status = 'committed'
),

systems as (
    select * from {{ ref('dim_system') }}
),

issuing as (
    {{ issuing_systems() }}
),

memos as (
    select memos.*
    from {{ ref('fct_credit_memo') }} as memos
    inner join issuing on memos.platform = issuing.platform and memos.legal_entity = issuing.legal_entity
    where memos.status = 'issued'
),

returns as (
    select
        platform,
        legal_entity,
        invoice_number,
        min(native_id) as native_id,
        min(currency) as currency,
        max(currency) as other_currency,
        abs(sum(net_amount + tax_amount)) as amount,
        max(source_updated_at) as source_updated_at
    from {{ ref('fct_tax_document') }}
    where document_type = 'credit' and status = 'committed'
    group by platform, legal_entity, invoice_number
),

documents as (
    select
        platform,
        source_platform,
        deal_key,
        legal_entity,
        'Invoice' as kind,
        invoice_number as document_number,
        currency,
        invoice_net_amount + invoice_tax_amount as amount,
        due_at,
        document_native_id,
        document_currency,
        -- another amount of an invoice is tax_differs's
        cast(null as decimal(18, 4)) as document_amount,
        document_updated_at
    from pairs
    where document_currency <> currency
    union all
    select
        returns.platform,
        memos.platform as source_platform,
        memos.deal_key,
        memos.legal_entity,
        'Credit memo' as kind,
        memos.document_number,
        memos.currency,
        memos.amount,
        memos.created_at as due_at,
        returns.native_id as document_native_id,
        case when returns.currency <> memos.currency then returns.currency else returns.other_currency end as document_currency,
        returns.amount as document_amount,
        returns.source_updated_at as document_updated_at
    from memos
    inner join systems on memos.legal_entity = systems.legal_entity and systems.role = 'tax'
    inner join returns
        on
            systems.platform = returns.platform
            and memos.legal_entity = returns.legal_entity
            and memos.document_number = returns.invoice_number
),

compared as (
    select
        *,
        case
            when document_currency <> currency then 'currency_differs'
            when document_currency = currency and document_amount <> amount then 'credit_differs'
        end as cause
    from documents
),

found as (
    select
        document_native_id as identity,
        source_platform,
        deal_key,
        legal_entity,
        'tax_document' as entity,
        platform,
        document_native_id as native_id,
        document_number,
        case cause when 'currency_differs' then 'currency' else 'amount' end as attribute,
        case cause when 'currency_differs' then currency else {{ plain_decimal('amount') }} end as expected_value,
        case cause when 'currency_differs' then document_currency else {{ plain_decimal('document_amount') }} end as observed_value,
        case cause when 'currency_differs' then amount else abs(document_amount - amount) end as amount_at_risk,
        currency,
        cause,
        concat_ws(
            ' ', kind, document_number, 'of', {{ readable_money('amount', 'currency') }}, 'was issued in', source_platform,
            'but its tax document', document_native_id, 'in', platform, 'is',
            case
                when cause = 'currency_differs' then concat_ws(' ', 'in', document_currency)
                else concat_ws(' ', 'over', {{ readable_money('document_amount', 'currency') }})
            end
        ) as evidence,
        greatest(due_at, document_updated_at) as due_at,
        document_updated_at as observed_version
    from compared
    where cause is not null
),

final as (
    {{ judged('tax_document_differs') }}
)

select * from final
