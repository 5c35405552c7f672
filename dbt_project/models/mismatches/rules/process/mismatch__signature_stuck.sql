{{ by_deal() }}

with contracts as (
    select * from {{ ref('fct_contract') }}
),

quotes as (
    select * from {{ ref('fct_quote') }}
),

orders as (
    select * from {{ ref('fct_order') }}
),

systems as (
    select * from {{ ref('dim_system') }}
),

of_quotes as (
    select
        contracts.*,
        quotes.native_id as quote_native_id,
        quotes.document_number as quote_document_number,
        quotes.platform as quote_platform,
        quotes.status as quote_status,
        quotes.is_accepted,
        quotes.amount,
        quotes.currency as quote_currency,
        quotes.source_updated_at as quote_updated_at
    from contracts
    inner join systems as crm on contracts.legal_entity = crm.legal_entity and crm.role = 'crm'
    inner join quotes on crm.platform = quotes.platform and contracts.quote_id = quotes.native_id
),

-- an order of the ERP, also a closed one: what it lacks then is told by the rules about orders
ordered as (
    select orders.quote_id
    from orders
    inner join systems on orders.platform = systems.platform and orders.legal_entity = systems.legal_entity and systems.role = 'erp'
),

stuck as (
    select
        of_quotes.*,
        'not_carried' as cause,
        of_quotes.signed_at as due_at
    from of_quotes
    left join ordered on of_quotes.quote_id = ordered.quote_id
    where of_quotes.status = 'signed' and not of_quotes.is_accepted and ordered.quote_id is null
    union all
    select
        of_quotes.*,
        'not_withdrawn' as cause,
        greatest(of_quotes.quote_updated_at, of_quotes.sent_at) as due_at
    from of_quotes
    where of_quotes.status in ('sent', 'delivered') and of_quotes.quote_status = 'rejected'
),

ranked as (
    select
        *,
        row_number() over (
            partition by quote_platform, quote_native_id, cause
            order by due_at, platform, native_id
        ) as place
    from stuck
),

found as (
    select
        case when cause = 'not_carried' then quote_native_id else native_id end as identity,
        case when cause = 'not_carried' then platform else quote_platform end as source_platform,
        deal_key,
        legal_entity,
        case when cause = 'not_carried' then 'quote' else 'contract' end as entity,
        case when cause = 'not_carried' then quote_platform else platform end as platform,
        case when cause = 'not_carried' then quote_native_id else native_id end as native_id,
        case when cause = 'not_carried' then quote_document_number else document_number end as document_number,
        'status' as attribute,
        case when cause = 'not_carried' then 'accepted' else 'voided' end as expected_value,
        case when cause = 'not_carried' then quote_status else status end as observed_value,
        amount as amount_at_risk,
        quote_currency as currency,
        cause,
        case
            when cause = 'not_carried'
                then concat_ws(
                    ' ', 'The contract for quote', quote_document_number, 'of', {{ readable_money('amount', 'quote_currency') }},
                    'was signed in', platform, 'and the quote is', coalesce(quote_status, 'not accepted'), 'in', quote_platform
                )
            else concat_ws(
                ' ', 'The contract for quote', quote_document_number, 'of', {{ readable_money('amount', 'quote_currency') }},
                'can still be signed in', platform, 'though the quote is rejected in', quote_platform
            )
        end as evidence,
        due_at,
        case when cause = 'not_carried' then quote_updated_at else source_updated_at end as observed_version
    from ranked
    where place = 1
),

final as (
    {{ judged('signature_stuck') }}
)

select * from final
