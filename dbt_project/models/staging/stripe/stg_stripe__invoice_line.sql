with

line_item as (
    select * from {{ ref('base_stripe__line_item') }}
),

line_item_tax as (
    select * from {{ ref('base_stripe__line_item_tax') }}
),

invoice as (
    select * from {{ ref('base_stripe__invoice') }}
),

product as (
    select * from {{ ref('base_stripe__product') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

included as (
    select
        line_item,
        sum(amount) as amount
    from line_item_tax
    where tax_behavior = 'inclusive' and not q2c_is_deleted
    group by line_item
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('invoice_line' as string) as entity,
        cast(line_item.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(upper(line_item.currency) as string) as currency,
        cast(null as string) as status,
        cast(invoice.created as timestamp) as created_at,
        cast(coalesce(line_item.event_created, invoice.created) as timestamp) as source_updated_at,
        cast(line_item.q2c_read_at as timestamp) as observed_at,
        line_item.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('stripe_url', 'https://dashboard.stripe.com') }}'
            || case when line_item.livemode then '' else '/test' end
            || '/invoices/' || line_item.invoice
            as string
        ) as source_url,
        cast(line_item.invoice as string) as invoice_native_id,
        cast(line_item.position as bigint) as line_number,
        cast(coalesce(product.metadata_product_code, line_item.product) as string) as product_code,
        cast(coalesce(line_item.subscription_item, line_item.invoice_item) as string) as variant,
        cast(line_item.subscription as string) as subscription_number,
        cast(line_item.quantity_decimal as decimal(18, 6)) as quantity,
        cast(
            line_item.unit_amount_decimal
            * case currencies.minor_units when 0 then 1 when 3 then 0.001 when 4 then 0.0001 else 0.01 end as decimal(18, 6)
        ) as unit_price,
        {{ from_minor_units('line_item.amount - coalesce(included.amount, 0)', 'currencies.minor_units') }} as amount,
        cast(line_item.period_start as date) as service_start_on,
        -- a period ends when the next begins
        cast(greatest({{ dbt.dateadd('second', -1, 'line_item.period_end') }}, line_item.period_start) as date) as service_end_on
    from line_item
    left join invoice
        on line_item.invoice = invoice.id
    left join included
        on line_item.id = included.line_item
    left join product
        on line_item.product = product.id
    left join currencies
        on upper(line_item.currency) = currencies.currency
    where invoice.id is null or invoice.subtotal <> 0 or invoice.total <> 0
)

select * from final
