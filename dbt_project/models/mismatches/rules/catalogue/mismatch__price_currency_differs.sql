with systems as (
    select * from {{ ref('dim_system') }}
),

prices as (
    select * from {{ ref('dim_price') }}
    where status is distinct from 'inactive'
),

-- of the companies that a platform bills for, the currencies that their price books have of a product
book as (
    select
        billing.platform,
        min(prices.platform) as source_platform,
        prices.product_code,
        min(prices.legal_entity) as legal_entity,
        prices.currency,
        max(coalesce(prices.source_updated_at, prices.created_at)) as priced_at
    from prices
    inner join systems as selling
        on prices.platform = selling.platform and prices.legal_entity = selling.legal_entity and selling.role = 'crm'
    inner join systems as billing on selling.legal_entity = billing.legal_entity and billing.role = 'billing'
    group by billing.platform, prices.product_code, prices.currency
),

known as (
    select
        platform,
        product_code,
        min(source_platform) as source_platform,
        min(legal_entity) as legal_entity,
        {{ dbt.listagg('currency', "', '", 'order by currency') }} as currencies,
        max(priced_at) as priced_at
    from book
    group by platform, product_code
),

billers as (
    select distinct platform from book
),

billed as (
    select
        prices.*,
        row_number() over (
            partition by prices.platform, prices.product_code, prices.currency order by prices.unit_price desc nulls last, prices.native_id
        ) as place
    from prices
    inner join billers on prices.platform = billers.platform
    left join book
        on
            prices.platform = book.platform
            and prices.product_code = book.product_code
            and prices.currency = book.currency
    where book.platform is null and prices.currency is not null
),

priced_right as (
    select distinct
        prices.platform,
        prices.product_code,
        prices.billing_period
    from prices
    inner join book
        on
            prices.platform = book.platform
            and prices.product_code = book.product_code
            and prices.currency = book.currency
),

found as (
    select
        concat_ws(':', billed.product_code, billed.currency) as identity,
        known.source_platform,
        cast(null as string) as deal_key,
        coalesce(billed.legal_entity, known.legal_entity) as legal_entity,
        billed.entity,
        billed.platform,
        billed.native_id,
        billed.product_code as document_number,
        'currency' as attribute,
        known.currencies as expected_value,
        billed.currency as observed_value,
        billed.unit_price as amount_at_risk,
        billed.currency,
        'currency_differs' as cause,
        concat_ws(
            ' ', 'Product', billed.product_code, 'is priced in', billed.platform, 'at', {{ readable_money('billed.unit_price', 'billed.currency') }},
            'but the price books of', known.source_platform, 'have it in', known.currencies, 'only'
        ) as evidence,
        greatest(known.priced_at, billed.created_at) as due_at,
        billed.source_updated_at as observed_version
    from billed
    inner join known on billed.platform = known.platform and billed.product_code = known.product_code
    inner join priced_right
        on
            billed.platform = priced_right.platform
            and billed.product_code = priced_right.product_code
            and billed.billing_period is not distinct from priced_right.billing_period
    where billed.place = 1
),

final as (
    {{ judged('price_currency_differs') }}
)

select * from final
