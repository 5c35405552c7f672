{{ by_deal() }}

with links as (
    select * from {{ ref('xref_deal') }}
),

documents as (
    {%- for entity in ['opportunity', 'quote', 'contract', 'order', 'subscription', 'invoice', 'credit_memo', 'tax_document', 'payment'] %}
    select
        platform,
        '{{ entity }}' as entity,
        native_id,
        legal_entity,
        currency,
        customer_native_id,
        {{ 'name' if entity == 'opportunity' else 'document_number' }} as name
    from {{ ref('obs_' ~ entity) }}
    union all
    {%- endfor %}
    select platform, 'journal', native_id, legal_entity, currency, null, document_number
    from {{ ref('obs_journal') }}
),

customers as (
    select * from {{ ref('xref_customer') }}
),

final as (
    select
        links.deal_key,
        documents.legal_entity,
        documents.currency,
        customers.customer_key,
        documents.name,
        links.platform as root_platform,
        links.entity as root_entity,
        links.native_id as root_native_id
    from links
    inner join documents
        on links.platform = documents.platform and links.entity = documents.entity and links.native_id = documents.native_id
    left join customers
        on documents.platform = customers.platform and documents.customer_native_id = customers.native_id
    where links.parent_native_id is null
)

select * from final
