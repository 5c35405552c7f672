with

line as (
    select * from {{ ref('base_legacy_oms__order_lines') }}
),

orders as (
    select * from {{ ref('base_legacy_oms__orders') }}
),

product as (
    select * from {{ ref('base_legacy_oms__products') }}
),

final as (
    select
        cast('legacy_oms' as string) as platform,
        cast('order_line' as string) as entity,
        cast(line.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('legacy_oms') }} as string) as legal_entity,
        upper(cast(orders.currency as string)) as currency,
        cast(null as string) as status,
        cast(line.created_at as timestamp) as created_at,
        cast(coalesce(line.committed_at, line.updated_at) as timestamp) as source_updated_at,
        cast(line.q2c_read_at as timestamp) as observed_at,
        line.q2c_is_deleted or coalesce(orders.q2c_is_deleted, false) as is_deleted,
        case when '{{ var('legacy_oms_url', '') }}' <> '' then cast('{{ var('legacy_oms_url', '') }}/orders/' || cast(line.order_id as string) as string) end as source_url,
        cast(line.order_id as string) as order_native_id,
        cast(line.line_no as bigint) as line_number,
        cast(product.sku as string) as product_code,
        cast(line.qty as decimal(18, 6)) as quantity,
        cast(line.unit_price as decimal(18, 6)) as unit_price,
        cast(line.net_amount as decimal(18, 4)) as amount
    from line
    left join orders on line.order_id = orders.id
    left join product on line.product_id = product.id
)

select * from final
