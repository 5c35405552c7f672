with

sales_order as (
    select * from {{ ref('base_hubspot__order') }}
),

quote as (
    select * from {{ ref('stg_hubspot__quote') }}
),

final as (
    select
        cast('hubspot' as string) as platform,
        cast('order' as string) as entity,
        cast(sales_order.id as string) as native_id,
        cast(sales_order.id as string) as document_number,
        cast({{ legal_entity_of('hubspot') }} as string) as legal_entity,
        upper(cast(sales_order.hs_currency_code as string)) as currency,
        cast(
            case sales_order.hs_pipeline_stage
                when '4b27b500-f031-4927-9811-68a0b525cbae' then 'draft'
                when '937ea84d-0a4f-4dcf-9028-3f9c2aafbf03' then 'activated'
                when 'aa99e8d0-c1d5-4071-b915-d240bbb1aed9' then 'activated'
                when '3725360f-519b-4b18-a593-494d60a29c9f' then 'activated'
                when '3c85a297-e9ce-400b-b42e-9f16853d69d6' then 'closed'
            end as string
        ) as status,
        cast(sales_order.created_at as timestamp) as created_at,
        cast(sales_order.updated_at as timestamp) as source_updated_at,
        cast(sales_order.q2c_read_at as timestamp) as observed_at,
        sales_order.q2c_is_deleted as is_deleted,
        cast('{{ var('hubspot_url', 'https://app.hubspot.com') }}/0-123/' || sales_order.id as string) as source_url,
        cast(sales_order.quote_id as string) as quote_id,
        quote.document_number as quote_number,
        cast(sales_order.company_id as string) as customer_native_id,
        cast(sales_order.created_at as timestamp) as ordered_at,
        quote.start_on,
        quote.end_on,
        cast(sales_order.hs_total_price as decimal(18, 4)) as amount,
        cast(sales_order.hs_external_order_id as string) as erp_number,
        cast(null as timestamp) as activated_at,
        cast(null as string) as company_code
    from sales_order
    left join quote on sales_order.quote_id = quote.native_id
)

select * from final
