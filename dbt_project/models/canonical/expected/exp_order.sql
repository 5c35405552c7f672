{{ by_deal() }}

with quotes as (
    select * from {{ ref('fct_quote') }}
    where is_primary and is_accepted and accepted_at is not null and status <> 'rejected'
),

systems as (
    select * from {{ ref('dim_system') }}
),

final as (
    select
        concat_ws(':', systems.platform, 'order', quotes.native_id) as expected_key,
        quotes.deal_key as deal_key,
        quotes.customer_key as customer_key,
        quotes.legal_entity,
        systems.platform as platform,
        'order' as entity,
        quotes.platform as source_platform,
        quotes.entity as source_entity,
        quotes.native_id as source_native_id,
        quotes.document_number as source_document_number,
        quotes.source_updated_at as source_updated_at,
        quotes.currency as currency,
        quotes.accepted_at as due_at,
        quotes.native_id as quote_id,
        quotes.document_number as quote_number,
        quotes.customer_native_id as customer_crm_id,
        quotes.accepted_at as ordered_at,
        quotes.start_on,
        quotes.end_on,
        quotes.amount
    from quotes
    inner join systems on quotes.legal_entity = systems.legal_entity and systems.role in ('erp', 'orders')
)

select * from final
