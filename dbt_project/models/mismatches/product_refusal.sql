with products as (
    select * from {{ ref('dim_product') }}
),

-- of several records of one product, the ERP sells the one that is active
known as (
    select
        platform,
        product_code,
        min(native_id) as native_id,
        coalesce(bool_or(is_active), false) as is_active
    from products
    group by platform, product_code
),

offered as (
    select distinct platform, product_code
    from {{ ref('exp_product') }}
    where is_active
),

demanded as (
    select legal_entity from {{ ref('product_requirements') }}
    where attribute = 'tax_code'
),

untaxed as (
    select
        demanded.legal_entity,
        products.platform,
        products.product_code
    from products
    inner join demanded on coalesce(products.legal_entity, demanded.legal_entity) = demanded.legal_entity
    where products.is_active
    group by demanded.legal_entity, products.platform, products.product_code
    having max(products.tax_code) is null
),

judged as (
    select
        lines.parent_key as expected_key,
        lines.line_number,
        lines.product_code,
        known.native_id,
        case
            when known.product_code is null then 'product_unknown'
            when not known.is_active then 'product_inactive'
            when untaxed.product_code is not null then 'tax_code_missing'
        end as cause,
        -- what the CRM offers and the ERP does not is the finding of product_missing_or_inactive, one a product
        offered.product_code is not null and not coalesce(known.is_active, false) as is_told
    from {{ ref('exp_order_line') }} as lines
    left join known on lines.platform = known.platform and lines.product_code = known.product_code
    left join offered on lines.platform = offered.platform and lines.product_code = offered.product_code
    left join untaxed
        on
            lines.platform = untaxed.platform
            and lines.legal_entity = untaxed.legal_entity
            and lines.product_code = untaxed.product_code
),

final as (
    select
        expected_key,
        native_id,
        cause,
        concat_ws(
            ' ', 'line', cast(line_number as string),
            case when product_code is null then 'names no product' else concat_ws(' ', 'sells', product_code, 'which') end,
            case
                when product_code is null then null
                when cause = 'product_unknown' then 'is not known there'
                when cause = 'product_inactive' then 'is inactive there'
                else 'has no tax code there'
            end
        ) as says
    from judged
    where cause is not null and not is_told
)

select * from final
