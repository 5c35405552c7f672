with

product as (
    select * from {{ ref('base_stripe__product') }}
),

price as (
    select * from {{ ref('base_stripe__price') }}
),

charged as (
    select
        product,
        case when bool_or(type = 'recurring') then 'recurring' else 'one_time' end as charge_type
    from price
    where not q2c_is_deleted
    group by product
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('product' as string) as entity,
        cast(product.id as string) as native_id,
        cast(coalesce(product.metadata_product_code, product.id) as string) as document_number,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(null as string) as currency,
        cast(case when product.active and not product.q2c_is_deleted then 'active' else 'inactive' end as string) as status,
        cast(product.created as timestamp) as created_at,
        cast(coalesce(product.updated, product.created) as timestamp) as source_updated_at,
        cast(product.q2c_read_at as timestamp) as observed_at,
        product.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('stripe_url', 'https://dashboard.stripe.com') }}'
            || case when product.livemode then '' else '/test' end
            || '/products/' || product.id
            as string
        ) as source_url,
        cast(coalesce(product.metadata_product_code, product.id) as string) as product_code,
        cast(product.name as string) as name,
        cast(charged.charge_type as string) as charge_type,
        coalesce(product.active and not product.q2c_is_deleted, false) as is_active,
        {{ unit_of_measure('product.unit_label') }} as unit,
        cast(null as string) as tax_code
    from product
    left join charged
        on product.id = charged.product
)

select * from final
