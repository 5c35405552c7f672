with expected as (
    select * from {{ ref('exp_subscription') }}
),

subscriptions as (
    select
        platform,
        quote_number,
        min(document_number) as document_number,
        max(case when status = 'cancelled' then 0 else 1 end) as is_alive
    from {{ ref('fct_subscription') }}
    group by platform, quote_number
),

customer_references as (
    select distinct platform, crm_id
    from {{ ref('dim_customer') }}
),

absent as (
    select * from {{ ref('absent_customer') }} where likely_native_id is null
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
        expected.order_number as expected_value,
        subscriptions.document_number as observed_value,
        expected.amount as amount_at_risk,
        expected.currency,
        case
            when subscriptions.is_alive = 0 then 'document_void'
            when customer_references.crm_id is null then 'reference_missing'
            when incomplete.native_id is not null then 'document_incomplete'
            else 'document_missing'
        end as cause,
        concat_ws(
            ' ', 'Order', expected.order_number, 'of', {{ readable_money('expected.amount', 'expected.currency') }}, 'in',
            expected.source_platform, 'for quote', expected.quote_number,
            case
                when subscriptions.is_alive = 0
                    then concat_ws(' ', 'is live but its subscription', subscriptions.document_number, 'is cancelled in')
                else 'has no subscription in'
            end,
            expected.platform,
            {{ unreferenced_customer('customer_references.crm_id', 'expected.customer_crm_id') }},
            case when subscriptions.is_alive is null then incomplete.says end
        ) as evidence,
        expected.due_at,
        cast(null as timestamp) as observed_version
    from expected
    left join subscriptions
        on expected.platform = subscriptions.platform and expected.quote_number = subscriptions.quote_number
    left join customer_references
        on expected.platform = customer_references.platform and expected.customer_crm_id = customer_references.crm_id
    left join incomplete
        on
            expected.legal_entity = incomplete.legal_entity
            and expected.quote_number = incomplete.document_number
            and incomplete.entity = 'quote'
    where
        coalesce(subscriptions.is_alive, 0) = 0
        and not exists (
            select 1 from absent
            where absent.platform = expected.platform and absent.customer_key = expected.customer_key
        )
),

final as (
    {{ judged('order_not_billed') }}
)

select * from final
