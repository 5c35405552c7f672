{{ by_deal() }}

with issuing as (
    {{ issuing_systems() }}
),

documents as (
    select invoices.*
    from {{ ref('fct_invoice') }} as invoices
    inner join issuing on invoices.platform = issuing.platform and invoices.legal_entity = issuing.legal_entity
),

memos as (
    select memos.*
    from {{ ref('fct_credit_memo') }} as memos
    inner join issuing on memos.platform = issuing.platform and memos.legal_entity = issuing.legal_entity
    where memos.status = 'issued'
),

final as (
    select
        memos.platform,
        memos.native_id,
        memos.deal_key,
        memos.legal_entity,
        documents.document_number as invoice_number,
        memos.currency,
        memos.amount
    from memos
    left join documents on memos.platform = documents.platform and memos.invoice_native_id = documents.native_id
    union all
    select
        platform,
        native_id,
        deal_key,
        legal_entity,
        cast(null as string) as invoice_number,
        currency,
        cast(-amount as decimal(18, 4)) as amount
    from documents
    where amount < 0 and status is distinct from 'void'
)

select * from final
