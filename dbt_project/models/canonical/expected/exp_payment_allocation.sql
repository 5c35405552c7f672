{{ by_deal() }}

with systems as (
    select * from {{ ref('dim_system') }}
),

charges as (
    select payments.*
    from {{ ref('fct_payment') }} as payments
    inner join systems
        on payments.platform = systems.platform and payments.legal_entity = systems.legal_entity and systems.role = 'payments'
    where payments.status in ('succeeded', 'refunded') and payments.payment_ref is not null
),

numbered as (
    select
        platform,
        case when billing_number is null then document_number else billing_number end as billing_number,
        min(native_id) as native_id,
        min(customer_native_id) as customer_native_id
    from {{ ref('fct_invoice') }}
    where status <> 'void'
    group by platform, case when billing_number is null then document_number else billing_number end
),

customers as (
    select * from {{ ref('xref_customer') }}
),

-- one that was matched to several invoices is applied by a person, who knows how much to which
links as (
    select
        platform,
        native_id,
        min(parent_platform) as parent_platform,
        min(parent_native_id) as parent_native_id
    from {{ ref('matched_link') }}
    where entity = 'payment'
    group by platform, native_id
    having count(*) = 1
),

matched as (
    select
        links.platform,
        links.native_id,
        coalesce(invoices.billing_number, invoices.document_number) as invoice_number
    from links
    inner join {{ ref('xref_deal') }} as used
        on
            links.platform = used.platform
            and links.native_id = used.native_id
            and used.entity = 'payment'
            and used.method = 'matched'
    inner join {{ ref('fct_invoice') }} as invoices
        on links.parent_platform = invoices.platform and links.parent_native_id = invoices.native_id
),

claimed as (
    select
        charges.*,
        coalesce(matched.invoice_number, charges.invoice_number) as claimed_number,
        matched.native_id is not null as is_matched
    from charges
    left join matched on charges.platform = matched.platform and charges.native_id = matched.native_id
),

final as (
    select
        concat_ws(':', targets.platform, 'payment_allocation', charges.payment_ref) as expected_key,
        charges.deal_key as deal_key,
        charges.customer_key as customer_key,
        charges.legal_entity,
        targets.platform as platform,
        'payment_allocation' as entity,
        charges.platform as source_platform,
        charges.entity as source_entity,
        charges.native_id as source_native_id,
        charges.document_number as source_document_number,
        charges.source_updated_at as source_updated_at,
        charges.currency as currency,
        greatest(charges.paid_at, charges.created_at) as due_at,
        charges.payment_ref,
        charges.claimed_number as invoice_number,
        numbered.native_id as invoice_native_id,
        coalesce(customers.crm_id, billed.crm_id) as customer_crm_id,
        case when charges.status = 'refunded' then {{ money('0') }} else charges.amount end as amount,
        charges.paid_at,
        charges.is_matched
    from claimed as charges
    inner join systems as targets
        on charges.legal_entity = targets.legal_entity and targets.role in ('billing', 'erp') and charges.platform <> targets.platform
    left join numbered
        on targets.platform = numbered.platform and charges.claimed_number = numbered.billing_number
    left join customers
        on charges.platform = customers.platform and charges.customer_native_id = customers.native_id
    left join customers as billed
        on numbered.platform = billed.platform and numbered.customer_native_id = billed.native_id
    where charges.claimed_number is not null and targets.platform in {{ platforms_with('payment_allocation') }}
)

select * from final
