with systems as (
    select * from {{ ref('dim_system') }}
),

components as (
    select * from {{ ref('fct_bundle_component') }}
    where product_code is not null and component_code is not null
),

-- the ERPs that know bundles, each against the CRM of its company
pairs as (
    select
        books.legal_entity,
        books.platform,
        sales.platform as source_platform
    from systems as books
    inner join systems as sales on books.legal_entity = sales.legal_entity and sales.role = 'crm'
    where books.role = 'erp' and books.platform in (select platform from components)
),

products as (
    select platform, product_code, max(created_at) as created_at
    from {{ ref('dim_product') }}
    where is_active
    group by platform, product_code
),

-- what each side says of a component
held as (
    select
        pairs.legal_entity,
        pairs.platform,
        pairs.source_platform,
        components.platform as said_by,
        components.product_code,
        components.component_code,
        min(components.native_id) as native_id,
        bool_or(components.is_required) as is_required,
        sum(components.quantity) as quantity,
        max(components.source_updated_at) as updated_at
    from pairs
    inner join components on components.platform in (pairs.platform, pairs.source_platform)
    group by
        pairs.legal_entity, pairs.platform, pairs.source_platform, components.platform, components.product_code, components.component_code
),

offered as (
    select * from held where said_by = source_platform
),

kept as (
    select * from held where said_by = platform
),

-- bundles that both know: one that the ERP sells by its parts is none there
known as (
    select distinct offered.platform, offered.legal_entity, offered.product_code
    from offered
    inner join kept
        on offered.platform = kept.platform and offered.legal_entity = kept.legal_entity and offered.product_code = kept.product_code
),

compared as (
    select
        coalesce(kept.platform, offered.platform) as platform,
        coalesce(kept.source_platform, offered.source_platform) as source_platform,
        coalesce(kept.legal_entity, offered.legal_entity) as legal_entity,
        coalesce(kept.product_code, offered.product_code) as product_code,
        coalesce(kept.component_code, offered.component_code) as component_code,
        coalesce(kept.native_id, offered.native_id) as native_id,
        case when offered.is_required then offered.quantity else 0 end as expected_quantity,
        coalesce(kept.quantity, 0) as observed_quantity,
        coalesce(not offered.is_required, false) as may_be_left_out,
        offered.updated_at as offered_at,
        kept.updated_at as observed_version
    from offered
    full join kept
        on
            offered.platform = kept.platform
            and offered.legal_entity = kept.legal_entity
            and offered.product_code = kept.product_code
            and offered.component_code = kept.component_code
),

list_prices as (
    {{ list_prices() }}
),

found as (
    select
        concat_ws(':', compared.legal_entity, compared.product_code, compared.component_code) as identity,
        compared.source_platform,
        cast(null as string) as deal_key,
        compared.legal_entity,
        'bundle_component' as entity,
        compared.platform,
        compared.native_id,
        compared.product_code as document_number,
        'quantity' as attribute,
        {{ plain_decimal('compared.expected_quantity') }} as expected_value,
        {{ plain_decimal('compared.observed_quantity') }} as observed_value,
        {{ times('list_prices.amount', 'abs(compared.expected_quantity - compared.observed_quantity)') }} as amount_at_risk,
        list_prices.currency,
        case
            when compared.observed_quantity = 0 then 'component_missing'
            when compared.expected_quantity = 0 then 'component_surplus'
            else 'quantity_differs'
        end as cause,
        concat_ws(
            ' ', 'Bundle', compared.product_code, 'contains', {{ plain_decimal('compared.observed_quantity') }}, 'of', compared.component_code, 'in',
            compared.platform, 'but', {{ plain_decimal('compared.expected_quantity') }}, 'in', compared.source_platform,
            case when compared.may_be_left_out then 'where a customer may leave it out' end
        ) as evidence,
        coalesce(greatest(compared.offered_at, parts.created_at, sold.created_at), compared.observed_version) as due_at,
        compared.observed_version
    from compared
    inner join known
        on compared.platform = known.platform and compared.legal_entity = known.legal_entity and compared.product_code = known.product_code
    -- a part that either does not sell any more is the finding of product_missing_or_inactive, or of nobody
    inner join products as parts on compared.platform = parts.platform and compared.component_code = parts.product_code
    inner join products as sold on compared.source_platform = sold.platform and compared.component_code = sold.product_code
    left join list_prices
        on
            compared.source_platform = list_prices.platform
            and compared.legal_entity = list_prices.legal_entity
            and compared.component_code = list_prices.product_code
    where compared.expected_quantity <> compared.observed_quantity
),

final as (
    {{ judged('bundle_differs') }}
)

select * from final
