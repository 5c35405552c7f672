with systems as (
    select * from {{ ref('dim_system') }}
),

copies as (
    select copies.*
    from {{ ref('fct_invoice_copy') }} as copies
    inner join systems
        on copies.platform = systems.platform and copies.legal_entity = systems.legal_entity and systems.role = 'crm'
),

-- whoever asks for the money knows whether it came
asking as (
    {{ issuing_systems() }}
),

numbered as (
    select
        invoices.legal_entity,
        invoices.document_number,
        min(invoices.platform) as platform,
        min(invoices.native_id) as native_id
    from {{ ref('fct_invoice') }} as invoices
    inner join asking on invoices.legal_entity = asking.legal_entity and invoices.platform = asking.platform
    where invoices.status in ('open', 'paid', 'void')
    group by invoices.legal_entity, invoices.document_number
    having count(*) = 1
),

settled as (
    select
        platform,
        invoice_native_id,
        max(source_updated_at) as settled_at
    from {{ ref('fct_payment_allocation') }}
    group by platform, invoice_native_id
),

collected as (
    select distinct legal_entity, invoice_number
    from {{ ref('exp_payment_allocation') }}
    where amount > 0
),

compared as (
    select
        copies.*,
        invoices.platform as source_platform,
        invoices.deal_key,
        invoices.status as expected_status,
        invoices.amount as invoice_amount,
        invoices.balance,
        invoices.currency as invoice_currency,
        collected.invoice_number is not null as is_collected,
        greatest(
            copies.created_at,
            coalesce(invoices.source_updated_at, invoices.created_at),
            coalesce(settled.settled_at, invoices.created_at)
        ) as due_at
    from copies
    inner join numbered on copies.legal_entity = numbered.legal_entity and copies.billing_number = numbered.document_number
    inner join {{ ref('fct_invoice') }} as invoices on numbered.platform = invoices.platform and numbered.native_id = invoices.native_id
    left join settled on invoices.platform = settled.platform and invoices.native_id = settled.invoice_native_id
    left join collected on copies.legal_entity = collected.legal_entity and copies.billing_number = collected.invoice_number
    where copies.status is distinct from invoices.status
),

found as (
    select
        native_id as identity,
        source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        'status' as attribute,
        expected_status as expected_value,
        status as observed_value,
        case when expected_status = 'open' then balance else invoice_amount end as amount_at_risk,
        invoice_currency as currency,
        case when expected_status = 'open' then 'status_ahead' else 'status_behind' end as cause,
        concat_ws(
            ' ', 'Invoice', document_number, 'of', {{ readable_money('invoice_amount', 'invoice_currency') }}, 'is shown as',
            coalesce(status, 'nothing known'), 'in', platform, 'but is', expected_status, 'in', source_platform
        ) as evidence,
        due_at,
        source_updated_at as observed_version
    from compared
    -- money that came and is not applied where the invoice is kept is the finding of payment_not_applied or payment_misapplied
    where not (expected_status = 'open' and is_collected)
),

final as (
    {{ judged('crm_invoice_status_stale') }}
)

select * from final
