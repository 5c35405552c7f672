{{ by_deal() }}

with systems as (
    select * from {{ ref('dim_system') }}
),

-- every version of an invoice, also of one that was deleted
billed as (
    select
        invoices.platform,
        invoices.legal_entity,
        invoices.document_number,
        max(coalesce(invoices.source_updated_at, invoices.observed_at)) as void_at,
        bool_and(invoices.is_deleted) as is_deleted
    from {{ ref('obs_invoice') }} as invoices
    inner join systems
        on invoices.platform = systems.platform and invoices.legal_entity = systems.legal_entity and systems.role = 'billing'
    where invoices.document_number is not null
    group by invoices.platform, invoices.legal_entity, invoices.document_number
    having bool_and(invoices.is_deleted or coalesce(invoices.status = 'void', false))
),

found as (
    select
        invoices.native_id as identity,
        billed.platform as source_platform,
        invoices.deal_key,
        invoices.legal_entity,
        invoices.entity,
        invoices.platform,
        invoices.native_id,
        invoices.document_number,
        'status' as attribute,
        'void' as expected_value,
        invoices.status as observed_value,
        abs(invoices.amount) as amount_at_risk,
        invoices.currency,
        case when billed.is_deleted then 'document_deleted' else 'document_void' end as cause,
        concat_ws(
            ' ', 'Invoice', billed.document_number, case when billed.is_deleted then 'was deleted in' else 'is void in' end, billed.platform,
            'but', invoices.document_number, 'of', {{ readable_money('invoices.amount', 'invoices.currency') }}, 'still stands in',
            invoices.platform
        ) as evidence,
        greatest(billed.void_at, invoices.created_at) as due_at,
        invoices.source_updated_at as observed_version
    from billed
    inner join systems as erp on billed.legal_entity = erp.legal_entity and erp.role = 'erp'
    inner join {{ ref('fct_invoice') }} as invoices
        on
            erp.platform = invoices.platform
            and billed.legal_entity = invoices.legal_entity
            and billed.document_number = invoices.billing_number
    left join {{ ref('credited_invoice') }} as credited on invoices.platform = credited.platform and invoices.native_id = credited.native_id
    where invoices.status in ('open', 'paid') and coalesce(credited.amount < invoices.amount, true)
),

final as (
    {{ judged('invoice_void_not_mirrored') }}
)

select * from final
