{{ by_deal() }}

with parts as (
    select
        *,
        {{ dbt.split_part('journal_ref', "':'", 1) }} as kind,
        {{ posted_number('journal_ref') }} as source_number
    from {{ ref('obs_journal') }}
),

journals as (
    select
        *,
        case when kind = 'FEE' then source_number end as payment_ref,
        case when kind = 'REV' then source_number end as subscription_number
    from parts
),

collecting as (
    select * from {{ ref('dim_system') }}
    where role = 'payments'
),

charges as (
    select
        payments.legal_entity,
        payments.payment_ref,
        min(links.platform) as platform,
        min(links.native_id) as native_id,
        max_by(links.deal_key, links.native_id) as deal_key
    from {{ ref('obs_payment') }} as payments
    inner join collecting
        on payments.platform = collecting.platform and payments.legal_entity = collecting.legal_entity
    inner join {{ ref('link_payment') }} as links
        on payments.platform = links.platform and payments.native_id = links.native_id
    group by payments.legal_entity, payments.payment_ref
),

subscriptions as (
    {{ one_per_number(ref('link_subscription'), ['legal_entity']) }}
),

linked as (
    select
        journals.platform,
        journals.native_id,
        journals.document_number,
        journals.is_reversal,
        journals.reversed_by_native_id,
        coalesce(
            charges.deal_key, subscriptions.deal_key, concat_ws(':', journals.platform, journals.native_id)
        ) as deal_key,
        coalesce(charges.platform, subscriptions.platform) as parent_platform,
        case
            when charges.native_id is not null then 'payment'
            when subscriptions.native_id is not null then 'subscription'
        end as parent_entity,
        coalesce(charges.native_id, subscriptions.native_id) as parent_native_id
    from journals
    left join charges
        on journals.legal_entity = charges.legal_entity and journals.payment_ref = charges.payment_ref
    left join subscriptions
        on journals.legal_entity = subscriptions.legal_entity and journals.subscription_number = subscriptions.document_number
),

reversed as (
    select
        platform,
        reversed_by_native_id,
        min(native_id) as native_id,
        min_by(deal_key, native_id) as deal_key
    from linked
    where reversed_by_native_id is not null
    group by platform, reversed_by_native_id
),

final as (
    select
        linked.platform,
        linked.native_id,
        linked.document_number,
        coalesce(reversed.deal_key, linked.deal_key) as deal_key,
        case when reversed.native_id is not null then linked.platform else linked.parent_platform end as parent_platform,
        case when reversed.native_id is not null then 'journal' else linked.parent_entity end as parent_entity,
        coalesce(reversed.native_id, linked.parent_native_id) as parent_native_id
    from linked
    left join reversed
        on linked.is_reversal and linked.platform = reversed.platform and linked.native_id = reversed.reversed_by_native_id
)

select * from final
