{{ by_deal() }}

with quotes as (
    select * from {{ ref('fct_quote') }}
    where {{ agreed() }}
),

-- an order is expected as amended
amended as (
    select
        platform,
        amended_quote_native_id,
        sum(amount) as amount,
        max(source_updated_at) as changed_at
    from {{ ref('amended_line') }}
    group by platform, amended_quote_native_id
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
        greatest(quotes.source_updated_at, amended.changed_at) as source_updated_at,
        quotes.currency as currency,
        quotes.accepted_at as due_at,
        quotes.native_id as quote_id,
        quotes.document_number as quote_number,
        quotes.customer_native_id as customer_crm_id,
        quotes.accepted_at as ordered_at,
        quotes.start_on,
        quotes.end_on,
        {{ money('quotes.amount + coalesce(amended.amount, 0)') }} as amount
    from quotes
    inner join systems on quotes.legal_entity = systems.legal_entity and systems.role in ('erp', 'orders')
    left join amended on quotes.platform = amended.platform and quotes.native_id = amended.amended_quote_native_id
)

select * from final
