{{ by_deal() }}

with memos as (
    select * from {{ ref('obs_credit_memo') }}
),

invoices as (
    select * from {{ ref('link_invoice') }}
),

credited as (
    select
        memos.platform,
        memos.native_id,
        memos.legal_entity,
        memos.document_number,
        invoices.deal_key,
        invoices.native_id as invoice_native_id
    from memos
    inner join invoices on memos.platform = invoices.platform and memos.invoice_native_id = invoices.native_id
),

numbered as (
    {{ one_per_number('credited', ['legal_entity']) }}
),

final as (
    select
        memos.platform,
        memos.native_id,
        memos.document_number,
        coalesce(credited.deal_key, numbered.deal_key, concat_ws(':', memos.platform, memos.native_id)) as deal_key,
        coalesce(credited.platform, numbered.platform) as parent_platform,
        case when credited.native_id is not null then 'invoice' when numbered.native_id is not null then 'credit_memo' end as parent_entity,
        coalesce(credited.invoice_native_id, numbered.native_id) as parent_native_id
    from memos
    left join credited on memos.platform = credited.platform and memos.native_id = credited.native_id
    left join numbered
        on
            memos.legal_entity = numbered.legal_entity
            and memos.billing_number = numbered.document_number
            and memos.platform <> numbered.platform
)

select * from final
