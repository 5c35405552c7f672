{{ by_deal() }}

{%- set same = [
    'platform', 'legal_entity', 'customer_native_id', 'bought_on', 'currency', 'amount', 'tax_amount', 'first_on', 'last_on', 'line_count',
    'first_product', 'last_product'
] -%}
with systems as (
    select * from {{ ref('dim_system') }}
),

billing as (
    select * from systems where role = 'billing'
),

-- who bills: the billing platform, or the ERP of a company that has none
billers as (
    select systems.platform, systems.legal_entity
    from systems
    left join billing on systems.legal_entity = billing.legal_entity
    where systems.role = 'billing' or (systems.role = 'erp' and billing.platform is null)
),

lines as (
    select
        platform,
        invoice_native_id,
        min(subscription_number) as subscription_number,
        min(service_start_on) as first_on,
        max(service_end_on) as last_on,
        count(*) as line_count,
        min(product_code) as first_product,
        max(product_code) as last_product
    from {{ ref('fct_invoice_line') }}
    group by platform, invoice_native_id
),

credited as (
    select * from {{ ref('credited_invoice') }}
),

invoices as (
    select
        invoices.*,
        coalesce(credited.amount >= invoices.amount, false) as is_credited,
        coalesce(lines.subscription_number, invoices.order_native_id) as bought_on,
        lines.first_on,
        lines.last_on,
        lines.line_count,
        lines.first_product,
        lines.last_product
    from {{ ref('fct_invoice') }} as invoices
    inner join billers on invoices.platform = billers.platform and invoices.legal_entity = billers.legal_entity
    inner join lines on invoices.platform = lines.platform and invoices.native_id = lines.invoice_native_id
    left join credited on invoices.platform = credited.platform and invoices.native_id = credited.native_id
    where invoices.status in ('open', 'paid') and lines.first_on is not null
),

placed as (
    select
        *,
        row_number() over (partition by {{ same | join(', ') }} order by created_at nulls last, native_id) as place,
        sum(case when is_credited then 0 else 1 end) over (
            partition by {{ same | join(', ') }} order by created_at nulls last, native_id rows between unbounded preceding and current row
        ) as standing,
        first_value(document_number) over (
            partition by {{ same | join(', ') }} order by is_credited, created_at nulls last, native_id
        ) as kept_number
    from invoices
    where bought_on is not null
),

final as (
    select
        deal_key,
        legal_entity,
        platform,
        native_id,
        document_number,
        kept_number,
        bought_on,
        first_on,
        last_on
    from placed
    -- one that was credited in full may be billed anew; a surplus one stays that when it is credited itself
    where place > 1 and (is_credited or standing > 1)
)

select * from final
