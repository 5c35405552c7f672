with expected as (
    select * from {{ ref('exp_order') }}
),

orders as (
    select
        platform,
        quote_id,
        min(document_number) as document_number,
        max(case when status = 'closed' then 0 else 1 end) as is_alive
    from {{ ref('fct_order') }}
    group by platform, quote_id
),

customers as (
    select * from {{ ref('dim_customer') }}
),

found as (
    select
        expected.expected_key as identity,
        expected.source_platform,
        expected.deal_key,
        expected.legal_entity,
        expected.entity,
        expected.platform,
        expected.source_native_id as native_id,
        expected.source_document_number as document_number,
        cast(null as string) as attribute,
        expected.quote_number as expected_value,
        orders.document_number as observed_value,
        expected.amount as amount_at_risk,
        expected.currency,
        case when orders.is_alive = 0 then 'document_void' else 'document_missing' end as cause,
        concat_ws(
            ' ', 'Quote', expected.quote_number, 'of', {{ readable_money('expected.amount', 'expected.currency') }},
            'was accepted in', expected.source_platform, 'but',
            case when orders.is_alive = 0 then concat_ws(' ', 'its order', orders.document_number, 'is closed in') else 'has no order in' end,
            expected.platform
        ) as evidence,
        expected.due_at,
        cast(null as timestamp) as observed_version
    from expected
    left join orders on expected.platform = orders.platform and expected.quote_id = orders.quote_id
    where
        coalesce(orders.is_alive, 0) = 0
        and exists (
            select 1 from customers
            where customers.platform = expected.platform and customers.crm_id = expected.customer_crm_id
        )
),

final as (
    {{ judged('quote_not_ordered') }}
)

select * from final
