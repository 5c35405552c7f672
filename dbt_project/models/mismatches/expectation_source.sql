{{ config(materialized='view') }}

{#- Each entity with its expectation, and by what the record is found that should meet it. -#}
{%- set documents = [
    ('customer', 'exp_customer', 'dim_customer', ['crm_id']),
    ('product', 'exp_product', 'dim_product', ['product_code']),
    ('price', 'exp_price', 'dim_price', ['product_code', 'billing_period']),
    ('order', 'exp_order', 'quoted_order', ['quote_id']),
    ('order', 'exp_crm_order_status', 'fct_order', ['native_id']),
    ('subscription', 'exp_subscription', 'fct_subscription', ['quote_number']),
    ('invoice', 'exp_invoice', 'fct_invoice', ['billing_number']),
    ('tax_document', 'exp_tax_document', 'fct_tax_document', ['invoice_number']),
    ('payment_allocation', 'exp_payment_allocation', 'fct_payment_allocation', ['payment_ref']),
    ('journal', 'exp_posting', 'fct_journal', ['journal_ref']),
] -%}
{#- Lines are found by their document and their number or product. -#}
{%- set lines = [
    ('order', 'quoted_order', 'quote_id', 'line_number'),
    ('invoice', 'fct_invoice', 'billing_number', 'line_number'),
    ('subscription', 'fct_subscription', 'quote_number', 'product_code'),
] -%}
with deals as (
    select distinct deal_key from {{ ref('finding') }}
),

joined as (
    {%- for entity, expectation, record, keys in documents %}
    select
        expected.expected_key,
        expected.platform,
        '{{ entity }}' as entity,
        records.native_id,
        expected.source_platform,
        expected.source_entity,
        expected.source_native_id,
        cast(null as string) as document_native_id
    from {{ ref(expectation) }} as expected
    left join {{ ref(record) }} as records
        on
            expected.platform = records.platform
            {%- for key in keys %}
            and {% if loop.first %}expected.{{ key }} = records.{{ key }}{% else %}expected.{{ key }} is not distinct from records.{{ key }}{% endif %}
            {%- endfor %}
    {%- if entity not in ['customer', 'product', 'price'] %}
    where expected.deal_key in (select deal_key from deals)
    {%- endif %}
    union all
    {%- endfor %}
    {%- for document, model, key, part in lines %}
    select
        expected.expected_key,
        expected.platform,
        '{{ document }}_line' as entity,
        records.native_id,
        expected.source_platform,
        expected.source_entity,
        expected.source_native_id,
        documents.native_id as document_native_id
    from {{ ref('exp_' ~ document ~ '_line') }} as expected
    left join {{ ref(model) }} as documents on expected.platform = documents.platform and expected.{{ key }} = documents.{{ key }}
    left join {{ ref('fct_' ~ document ~ '_line') }} as records
        on
            documents.platform = records.platform
            and documents.native_id = records.{{ document }}_native_id
            and expected.{{ part }} = records.{{ part }}
    where expected.deal_key in (select deal_key from deals)
    union all
    {%- endfor %}
    -- what a subscription is since it was renewed follows from the renewal's order
    select
        expected.expected_key,
        expected.platform,
        'subscription' as entity,
        records.native_id,
        orders.platform as source_platform,
        'order' as source_entity,
        orders.native_id as source_native_id,
        cast(null as string) as document_native_id
    from {{ ref('contract_term') }} as terms
    inner join {{ ref('exp_subscription') }} as expected on terms.contract_key = expected.expected_key
    inner join {{ ref('fct_order') }} as orders on expected.legal_entity = orders.legal_entity and terms.quote_native_id = orders.quote_id
    left join {{ ref('fct_subscription') }} as records
        on expected.platform = records.platform and expected.quote_number = records.quote_number
    where terms.kind = 'renewal' and terms.is_newest and orders.status <> 'closed' and expected.deal_key in (select deal_key from deals)
),

final as (
    select
        cast(expected_key as string) as expected_key,
        cast(platform as string) as platform,
        cast(entity as string) as entity,
        cast(native_id as string) as native_id,
        cast(source_platform as string) as source_platform,
        cast(source_entity as string) as source_entity,
        cast(source_native_id as string) as source_native_id,
        cast(document_native_id as string) as document_native_id
    from joined
)

select * from final
