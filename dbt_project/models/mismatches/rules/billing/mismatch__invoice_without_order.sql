{{ by_deal() }}

with systems as (
    select * from {{ ref('dim_system') }}
),

links as (
    select * from {{ ref('xref_deal') }} where entity = 'invoice'
),

-- one whose invoices are not read is expected to have issued any
billers as (
    select * from systems where role = 'billing' and platform in {{ platforms_with('invoice') }}
),

-- in any state, also of one that was deleted
issued as (
    select distinct platform, legal_entity, document_number
    from {{ ref('obs_invoice') }}
),

served as (
    select invoice_native_id, platform, min(service_start_on) as starts_on
    from {{ ref('fct_invoice_line') }}
    group by platform, invoice_native_id
),

-- what mirrors another invoice is judged by that one
invoices as (
    select
        invoices.*,
        links.parent_entity,
        crm.platform as crm_platform,
        billing.platform as billing_platform,
        coalesce(served.starts_on, invoices.invoiced_on) as starts_on
    from {{ ref('fct_invoice') }} as invoices
    inner join links on invoices.platform = links.platform and invoices.native_id = links.native_id
    inner join systems
        on
            invoices.platform = systems.platform
            and invoices.legal_entity = systems.legal_entity
            and systems.role in ('billing', 'erp')
    inner join systems as crm on invoices.legal_entity = crm.legal_entity and crm.role = 'crm'
    left join billers as billing on invoices.legal_entity = billing.legal_entity and invoices.platform <> billing.platform
    left join served on invoices.platform = served.platform and invoices.native_id = served.invoice_native_id
    left join {{ ref('credited_invoice') }} as credited on invoices.platform = credited.platform and invoices.native_id = credited.native_id
    where
        invoices.status in ('open', 'paid')
        and links.parent_entity is distinct from 'invoice'
        and coalesce(credited.amount < invoices.amount, true)
),

orders as (
    select
        orders.deal_key,
        min(orders.document_number) as document_number,
        max(orders.source_updated_at) as closed_at,
        bool_and(orders.status = 'closed') as is_closed
    from {{ ref('fct_order') }} as orders
    inner join systems
        on orders.platform = systems.platform and orders.legal_entity = systems.legal_entity and systems.role = 'erp'
    group by orders.deal_key
),

-- a subscription that outlives its order is the one finding, whatever it bills
going_on as (
    select distinct deal_key from {{ ref('fct_subscription') }} where status = 'active'
),

expected as (
    select distinct platform, billing_number from {{ ref('exp_invoice') }}
),

judged_invoices as (
    select
        invoices.*,
        orders.document_number as order_number,
        orders.closed_at,
        case
            when invoices.parent_entity is null and expected.billing_number is null then 'reference_missing'
            when invoices.billing_platform is not null and issued.platform is null and expected.billing_number is null then 'not_in_billing'
            when orders.is_closed and going_on.deal_key is null and cast(orders.closed_at as date) < invoices.starts_on then 'order_closed'
        end as cause
    from invoices
    left join orders on invoices.deal_key = orders.deal_key
    left join going_on on invoices.deal_key = going_on.deal_key
    left join expected on invoices.platform = expected.platform and invoices.billing_number = expected.billing_number
    left join issued
        on
            invoices.billing_platform = issued.platform
            and invoices.legal_entity = issued.legal_entity
            and invoices.billing_number = issued.document_number
),

found as (
    select
        native_id as identity,
        case when cause = 'not_in_billing' then billing_platform else crm_platform end as source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        case when cause = 'not_in_billing' then 'billing_number' else 'order_number' end as attribute,
        cast(null as string) as expected_value,
        case when cause = 'not_in_billing' then billing_number else order_number end as observed_value,
        abs(amount) as amount_at_risk,
        currency,
        cause,
        concat_ws(
            ' ', 'Invoice', document_number, 'of', {{ readable_money('amount', 'currency') }}, 'in', platform,
            case cause
                when 'reference_missing' then 'belongs to no order or subscription of any deal'
                when 'not_in_billing' then concat_ws(' ', 'was never issued in', billing_platform)
                else concat_ws(
                    ' ', 'bills service from', cast(starts_on as string), 'on, but order', order_number, 'was closed by',
                    cast(cast(closed_at as date) as string)
                )
            end
        ) as evidence,
        created_at as due_at,
        source_updated_at as observed_version
    from judged_invoices
    where cause is not null
),

final as (
    {{ judged('invoice_without_order') }}
)

select * from final
