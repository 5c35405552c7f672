{{ config(materialized='view') }}

with quotes as (
    select * from {{ ref('fct_quote') }}
    where is_primary and is_accepted
),

ordering as (
    select * from {{ ref('dim_system') }}
    where role = 'orders'
),

customers as (
    select * from {{ ref('xref_customer') }}
),

-- also one that is closed follows its quote: no other order does
ordered as (
    select distinct
        platform,
        parent_native_id as quote_native_id
    from {{ ref('link_order') }}
    where parent_native_id is not null and matched_score is null
),

final as (
    select
        quotes.platform,
        quotes.entity,
        quotes.native_id,
        concat_ws(':', ordering.legal_entity, ordering.platform) as scope,
        quotes.currency,
        quotes.amount,
        cast(case when ordered.platform is null then quotes.amount else 0 end as decimal(18, 4)) as open_amount,
        quotes.accepted_at as happened_at,
        quotes.document_number as number,
        customers.customer_key as customer
    from quotes
    inner join ordering on quotes.legal_entity = ordering.legal_entity
    left join customers
        on quotes.platform = customers.platform and quotes.customer_native_id = customers.native_id
    left join ordered
        on ordering.platform = ordered.platform and quotes.native_id = ordered.quote_native_id
)

select * from final
