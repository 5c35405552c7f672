with

line_item as (
    select * from {{ ref('base_hubspot__line_item') }}
),

quote as (
    select * from {{ ref('base_hubspot__quote') }}
),

product as (
    select * from {{ ref('base_hubspot__product') }}
),

of_quotes as (
    select
        line_item.*,
        coalesce(product.hs_sku, line_item.hs_sku) as product_code,
        coalesce(line_item.hs_line_item_currency_code, quote.hs_currency) as currency_code,
        case line_item.recurringbillingfrequency
            when 'monthly' then 1
            when 'quarterly' then 3
            when 'per_six_months' then 6
            when 'annually' then 12
        end as months
    from line_item
    left join quote on line_item.quote_id = quote.id
    left join product on line_item.hs_product_id = product.id
    where line_item.quote_id is not null or line_item.q2c_is_deleted
),

final as (
    select
        cast('hubspot' as string) as platform,
        cast('quote_line' as string) as entity,
        cast(of_quotes.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('hubspot') }} as string) as legal_entity,
        upper(cast(of_quotes.currency_code as string)) as currency,
        cast(null as string) as status,
        cast(of_quotes.created_at as timestamp) as created_at,
        cast(of_quotes.updated_at as timestamp) as source_updated_at,
        cast(of_quotes.q2c_read_at as timestamp) as observed_at,
        of_quotes.q2c_is_deleted as is_deleted,
        cast('{{ var('hubspot_url', 'https://app.hubspot.com') }}/0-8/' || of_quotes.id as string) as source_url,
        cast(of_quotes.quote_id as string) as quote_native_id,
        cast(of_quotes.hs_position_on_quote as bigint) as line_number,
        cast(of_quotes.product_code as string) as product_code,
        cast(case when of_quotes.recurringbillingfrequency is null then 'one_time' else 'recurring' end as string) as charge_type,
        cast(of_quotes.quantity as decimal(18, 6)) as quantity,
        cast(of_quotes.price / coalesce(of_quotes.months, 1) as decimal(18, 6)) as list_price,
        try_cast(of_quotes.hs_tcv / nullif(of_quotes.quantity, 0) as decimal(18, 6)) as unit_price,
        cast(of_quotes.hs_tcv as decimal(18, 4)) as amount,
        cast(null as decimal(18, 6)) as prior_quantity,
        cast(null as string) as amended_line_native_id
    from of_quotes
)

select * from final
