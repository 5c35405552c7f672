with systems as (
    select * from {{ ref('dim_system') }}
),

products as (
    select * from {{ ref('dim_product') }} where product_code is not null
),

-- the codes that a line of a company may name on a platform: those of its own catalogue and of the CRM
mapped as (
    select distinct systems.legal_entity, systems.platform, products.product_code
    from systems
    left join systems as sellers on systems.legal_entity = sellers.legal_entity and sellers.role = 'crm'
    inner join products on products.platform in (systems.platform, sellers.platform)
),

catalogues as (
    select distinct legal_entity, platform from mapped
),

-- what is held against a quote, or against billing's invoice, line by line is found there
differing as (
    select platform, native_id
    from {{ ref('differing_invoice_line') }}
    where attribute = 'product_code'
),

compared as (
    select platform, native_id from {{ ref('order_of_quote') }}
    union all
    select subscriptions.platform, subscriptions.native_id
    from {{ ref('fct_subscription') }} as subscriptions
    inner join {{ ref('exp_subscription') }} as expected
        on subscriptions.platform = expected.platform and subscriptions.quote_number = expected.quote_number
),

lines as (
    select lines.platform, lines.legal_entity, lines.order_native_id as document_id, lines.product_code, lines.currency, lines.amount, documents.created_at
    from {{ ref('fct_order_line') }} as lines
    inner join {{ ref('fct_order') }} as documents on lines.platform = documents.platform and lines.order_native_id = documents.native_id
    where documents.status is distinct from 'closed'
    union all
    select
        lines.platform, documents.legal_entity, lines.subscription_native_id, lines.product_code, lines.currency,
        {{ times('lines.quantity', 'lines.unit_price') }}, documents.created_at
    from {{ ref('fct_subscription_line') }} as lines
    inner join {{ ref('fct_subscription') }} as documents
        on lines.platform = documents.platform and lines.subscription_native_id = documents.native_id
    where documents.status is distinct from 'cancelled'
    union all
    select lines.platform, documents.legal_entity, lines.invoice_native_id, lines.product_code, lines.currency, lines.amount, documents.created_at
    from {{ ref('fct_invoice_line') }} as lines
    inner join {{ ref('fct_invoice') }} as documents on lines.platform = documents.platform and lines.invoice_native_id = documents.native_id
    left join differing on lines.platform = differing.platform and lines.native_id = differing.native_id
    where documents.status is distinct from 'void' and differing.native_id is null
),

unmapped as (
    select lines.*
    from lines
    inner join catalogues on lines.platform = catalogues.platform and lines.legal_entity = catalogues.legal_entity
    left join mapped
        on
            lines.platform = mapped.platform
            and lines.legal_entity = mapped.legal_entity
            and lines.product_code = mapped.product_code
    left join compared on lines.platform = compared.platform and lines.document_id = compared.native_id
    where lines.product_code is not null and mapped.product_code is null and compared.native_id is null
),

amounts as (
    {{ in_one_currency('unmapped', ['platform', 'legal_entity', 'product_code']) }}
),

codes as (
    select
        platform,
        legal_entity,
        product_code,
        count(distinct document_id) as documents,
        min(currency) as currency,
        max(created_at) as named_at
    from unmapped
    group by platform, legal_entity, product_code
),

found as (
    select
        concat_ws(':', codes.legal_entity, codes.product_code) as identity,
        codes.platform as source_platform,
        cast(null as string) as deal_key,
        codes.legal_entity,
        'product' as entity,
        codes.platform,
        codes.product_code as native_id,
        codes.product_code as document_number,
        'product_code' as attribute,
        cast(null as string) as expected_value,
        codes.product_code as observed_value,
        amounts.amount as amount_at_risk,
        case when amounts.amount is null then codes.currency else amounts.currency end as currency,
        'code_unknown' as cause,
        concat_ws(
            ' ', 'Product code', codes.product_code, 'stands on', cast(codes.documents as string), 'documents in', codes.platform,
            'but neither its catalogue nor the CRM has such a product', amounts.told
        ) as evidence,
        codes.named_at as due_at,
        cast(null as timestamp) as observed_version
    from codes
    left join amounts
        on
            codes.platform = amounts.platform
            and codes.legal_entity = amounts.legal_entity
            and codes.product_code = amounts.product_code
),

final as (
    {{ judged('item_unmapped') }}
)

select * from final
