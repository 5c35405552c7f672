{{ by_deal() }}

with systems as (
    select * from {{ ref('dim_system') }}
),

-- whoever asks for the money has it taxed: billing, and the books where nobody bills
asking as (
    select
        legal_entity,
        min_by(platform, case role when 'billing' then 1 else 2 end) as platform
    from systems
    where role in ('billing', 'erp')
    group by legal_entity
),

invoices as (
    select invoices.*
    from {{ ref('fct_invoice') }} as invoices
    inner join asking on invoices.legal_entity = asking.legal_entity and invoices.platform = asking.platform
    where invoices.status in ('open', 'paid', 'void')
),

final as (
    select
        concat_ws(':', targets.platform, 'tax_document', invoices.platform, invoices.native_id) as expected_key,
        invoices.deal_key as deal_key,
        invoices.customer_key as customer_key,
        invoices.legal_entity,
        targets.platform as platform,
        'tax_document' as entity,
        invoices.platform as source_platform,
        invoices.entity as source_entity,
        invoices.native_id as source_native_id,
        invoices.document_number as source_document_number,
        invoices.source_updated_at as source_updated_at,
        invoices.currency as currency,
        case invoices.status when 'void' then invoices.source_updated_at else invoices.created_at end as due_at,
        invoices.document_number as invoice_number,
        case invoices.status when 'void' then 'voided' else 'committed' end as status,
        invoices.invoiced_on as taxed_on,
        {{ money('invoices.amount - coalesce(invoices.tax_amount, 0)') }} as net_amount,
        {{ money('coalesce(invoices.tax_amount, 0)') }} as tax_amount
    from invoices
    inner join systems as targets
        on invoices.legal_entity = targets.legal_entity and targets.role = 'tax'
)

select * from final
