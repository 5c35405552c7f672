{{ by_deal() }}

with systems as (
    select * from {{ ref('dim_system') }}
),

invoices as (
    select * from {{ ref('fct_invoice') }}
),

-- a platform whose credit memos are not read is expected to have issued any
billers as (
    select * from systems where role = 'billing' and platform in {{ platforms_with('credit_memo') }}
),

-- every version of a memo, also of one that was deleted
issued as (
    select
        platform,
        legal_entity,
        document_number,
        max(coalesce(source_updated_at, observed_at)) as void_at,
        bool_and(is_deleted or coalesce(status = 'void', false)) as is_void
    from {{ ref('obs_credit_memo') }}
    where document_number is not null
    group by platform, legal_entity, document_number
),

copies as (
    select platform, legal_entity, billing_number, count(*) as copy_count
    from invoices
    where status in ('open', 'paid') and billing_number is not null
    group by platform, legal_entity, billing_number
),

-- invoices that the books rightly undo by a credit of their own: void in billing or unknown to it, booked twice, or booked otherwise
undone as (
    select invoices.platform, invoices.native_id
    from invoices
    inner join {{ ref('credited_invoice') }} as credited
        on invoices.platform = credited.platform and invoices.native_id = credited.native_id
    left join {{ ref('exp_invoice') }} as expected
        on
            invoices.platform = expected.platform
            and invoices.billing_number = expected.billing_number
            and invoices.legal_entity = expected.legal_entity
            and invoices.amount = expected.amount
            and invoices.currency = expected.currency
    left join copies
        on
            invoices.platform = copies.platform
            and invoices.billing_number = copies.billing_number
            and invoices.legal_entity = copies.legal_entity
    where credited.amount >= invoices.amount and (expected.billing_number is null or copies.copy_count > 1)
),

compared as (
    select
        memos.deal_key,
        memos.platform,
        memos.native_id,
        billers.platform as source_platform,
        case when issued.is_void then greatest(memos.created_at, issued.void_at) else memos.created_at end as due_at,
        case when issued.platform is null then 'not_in_billing' when issued.is_void then 'void_in_billing' end as cause
    from {{ ref('fct_credit_memo') }} as memos
    inner join systems as erp on memos.platform = erp.platform and memos.legal_entity = erp.legal_entity and erp.role = 'erp'
    inner join billers on memos.legal_entity = billers.legal_entity and memos.platform <> billers.platform
    left join issued
        on
            billers.platform = issued.platform
            and memos.legal_entity = issued.legal_entity
            and memos.billing_number = issued.document_number
    left join undone on memos.platform = undone.platform and memos.invoice_native_id = undone.native_id
    where memos.status = 'issued' and undone.native_id is null
),

final as (
    select * from compared where cause is not null
)

select * from final
