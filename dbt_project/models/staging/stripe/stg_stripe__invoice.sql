with

invoice as (
    select * from {{ ref('base_stripe__invoice') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('invoice' as string) as entity,
        cast(invoice.id as string) as native_id,
        cast(invoice.number as string) as document_number,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(upper(invoice.currency) as string) as currency,
        cast(
            case
                when invoice.status in ('draft', 'open', 'paid', 'void') then invoice.status
                when invoice.status = 'uncollectible' then 'open'
            end as string
        ) as status,
        cast(invoice.created as timestamp) as created_at,
        cast(coalesce(invoice.event_created, invoice.created) as timestamp) as source_updated_at,
        cast(invoice.q2c_read_at as timestamp) as observed_at,
        invoice.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('stripe_url', 'https://dashboard.stripe.com') }}'
            || case when invoice.livemode then '' else '/test' end
            || '/invoices/' || invoice.id
            as string
        ) as source_url,
        cast(invoice.number as string) as billing_number,
        cast(null as string) as order_native_id,
        cast(invoice.customer as string) as customer_native_id,
        cast(coalesce(invoice.effective_at, invoice.finalized_at, invoice.created) as date) as invoiced_on,
        cast(coalesce(invoice.due_date, invoice.effective_at, invoice.finalized_at, invoice.created) as date) as due_on,
        {{ from_minor_units('invoice.total', 'currencies.minor_units') }} as amount,
        {{ from_minor_units('invoice.total - coalesce(invoice.total_excluding_tax, invoice.total)', 'currencies.minor_units') }} as tax_amount,
        {{ from_minor_units('invoice.amount_remaining', 'currencies.minor_units') }} as balance
    from invoice
    left join currencies
        on upper(invoice.currency) = currencies.currency
    -- the invoice over nothing that opens a trial asks for nothing and is no document of the books
    where invoice.q2c_is_deleted or invoice.subtotal <> 0 or invoice.total <> 0
)

select * from final
