{{ by_deal() }}

with payments as (
    select * from {{ ref('obs_payment') }}
),

systems as (
    select * from {{ ref('dim_system') }}
),

collecting as (
    select * from systems
    where role = 'payments'
),

issuing as (
    {{ issuing_systems() }}
),

invoices as (
    select * from {{ ref('link_invoice') }}
),

numbered as (
    select
        invoices.legal_entity,
        invoices.document_number,
        max_by(invoices.platform, invoices.native_id) as platform,
        max(invoices.native_id) as native_id,
        max_by(invoices.deal_key, invoices.native_id) as deal_key
    from invoices
    inner join issuing
        on invoices.platform = issuing.platform and invoices.legal_entity = issuing.legal_entity
    where invoices.document_number is not null
    group by invoices.legal_entity, invoices.document_number
),

applied as (
    select
        allocations.platform,
        allocations.payment_native_id,
        min(invoices.deal_key) as deal_key,
        min(invoices.native_id) as native_id
    from {{ ref('obs_payment_allocation') }} as allocations
    inner join invoices
        on allocations.platform = invoices.platform and allocations.invoice_native_id = invoices.native_id
    group by allocations.platform, allocations.payment_native_id
),

-- what refers to nothing may have been matched: it belongs where most of its money does
ranked as (
    select
        *,
        row_number() over (
            partition by platform, native_id order by abs(amount) desc, parent_native_id
        ) as place
    from {{ ref('matched_link') }}
    where entity = 'payment'
),

matched as (
    select
        ranked.platform,
        ranked.native_id,
        ranked.score,
        invoices.platform as invoice_platform,
        invoices.native_id as invoice_native_id,
        invoices.deal_key
    from ranked
    inner join invoices
        on ranked.parent_platform = invoices.platform and ranked.parent_native_id = invoices.native_id
    left join applied
        on ranked.platform = applied.platform and ranked.native_id = applied.payment_native_id
    where ranked.place = 1 and applied.native_id is null
),

charges as (
    select
        payments.legal_entity,
        payments.payment_ref,
        min(payments.platform) as platform,
        min(payments.native_id) as native_id,
        max_by(coalesce(numbered.deal_key, matched.deal_key), payments.native_id) as deal_key
    from payments
    inner join collecting
        on payments.platform = collecting.platform and payments.legal_entity = collecting.legal_entity
    left join numbered
        on payments.legal_entity = numbered.legal_entity and payments.invoice_number = numbered.document_number
    left join matched
        on payments.platform = matched.platform and payments.native_id = matched.native_id
    where payments.payment_ref is not null
    group by payments.legal_entity, payments.payment_ref
),

linked as (
    select
        payments.platform,
        payments.native_id,
        payments.document_number,
        collecting.platform is not null as is_charge,
        charges.platform as charge_platform,
        charges.native_id as charge_native_id,
        coalesce(charges.deal_key, numbered.deal_key, applied.deal_key, matched.deal_key) as deal_key,
        coalesce(
            numbered.platform, case when applied.native_id is not null then applied.platform end, matched.invoice_platform
        ) as invoice_platform,
        coalesce(numbered.native_id, applied.native_id, matched.invoice_native_id) as invoice_native_id,
        case when numbered.native_id is null then matched.score end as matched_score
    from payments
    left join collecting
        on payments.platform = collecting.platform and payments.legal_entity = collecting.legal_entity
    left join charges
        on payments.legal_entity = charges.legal_entity and payments.payment_ref = charges.payment_ref
    left join numbered
        on payments.legal_entity = numbered.legal_entity and payments.invoice_number = numbered.document_number
    left join applied
        on payments.platform = applied.platform and payments.native_id = applied.payment_native_id
    left join matched
        on payments.platform = matched.platform and payments.native_id = matched.native_id
),

final as (
    select
        platform,
        native_id,
        document_number,
        coalesce(
            deal_key, concat_ws(':', coalesce(charge_platform, platform), coalesce(charge_native_id, native_id))
        ) as deal_key,
        case when is_charge or charge_native_id is null then invoice_platform else charge_platform end as parent_platform,
        case
            when not is_charge and charge_native_id is not null then 'payment'
            when invoice_native_id is not null then 'invoice'
        end as parent_entity,
        case when is_charge or charge_native_id is null then invoice_native_id else charge_native_id end as parent_native_id,
        case when is_charge or charge_native_id is null then matched_score end as matched_score
    from linked
)

select * from final
