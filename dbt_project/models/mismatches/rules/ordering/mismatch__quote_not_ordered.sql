with expected as (
    select * from {{ ref('exp_order') }}
),

orders as (
    select
        platform,
        quote_id,
        min(document_number) as document_number,
        max(case when status = 'closed' then 0 else 1 end) as is_alive
    from {{ ref('quoted_order') }}
    group by platform, quote_id
),

customer_references as (
    select distinct platform, crm_id
    from {{ ref('dim_customer') }}
),

absent as (
    select * from {{ ref('absent_customer') }} where likely_native_id is null
),

elsewhere as (
    select distinct quote_id from {{ ref('order_elsewhere') }}
),

-- on every platform: what the ERP would refuse is not ordered in the order system alone, and both wait for the same to be put right
refused as (
    select distinct quote_id from {{ ref('order_refusal') }}
),

incomplete as (
    select * from {{ ref('incomplete_document') }}
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
        case
            when orders.is_alive = 0 then 'document_void'
            when customer_references.crm_id is null then 'reference_missing'
            when incomplete.native_id is not null then 'document_incomplete'
            else 'document_missing'
        end as cause,
        concat_ws(
            ' ', 'Quote', expected.quote_number, 'of', {{ readable_money('expected.amount', 'expected.currency') }},
            'was accepted in', expected.source_platform, 'but',
            case when orders.is_alive = 0 then concat_ws(' ', 'its order', orders.document_number, 'is closed in') else 'has no order in' end,
            expected.platform,
            {{ unreferenced_customer('customer_references.crm_id', 'expected.customer_crm_id') }},
            case when orders.is_alive is null then incomplete.says end
        ) as evidence,
        expected.due_at,
        cast(null as timestamp) as observed_version
    from expected
    left join orders on expected.platform = orders.platform and expected.quote_id = orders.quote_id
    left join customer_references
        on expected.platform = customer_references.platform and expected.customer_crm_id = customer_references.crm_id
    left join incomplete
        on
            expected.source_platform = incomplete.platform
            and expected.source_entity = incomplete.entity
            and expected.source_native_id = incomplete.native_id
    where
        coalesce(orders.is_alive, 0) = 0
        and not exists (
            select 1 from absent
            where absent.platform = expected.platform and absent.customer_key = expected.customer_key
        )
        and not exists (select 1 from elsewhere where elsewhere.quote_id = expected.quote_id)
        and not exists (select 1 from refused where refused.quote_id = expected.quote_id)
),

final as (
    {{ judged('quote_not_ordered') }}
)

select * from final
