{{ by_deal() }}

with quotes as (
    select
        *,
        -- a day ends last twelve hours west of Greenwich
        {{ dbt.dateadd('hour', 36, 'cast(expires_on as timestamp)') }} as expired_at
    from {{ ref('fct_quote') }}
    where is_primary and is_accepted and expires_on is not null and status <> 'rejected'
),

systems as (
    select * from {{ ref('dim_system') }}
),

hand_off as (
    select sla_hours from {{ ref('slas') }} where hand_off = 'quote_to_order'
),

orders as (
    select
        orders.legal_entity,
        orders.quote_id,
        min(orders.created_at) as ordered_at,
        min_by(orders.document_number, concat(cast(orders.created_at as string), orders.native_id)) as order_number
    from {{ ref('fct_order') }} as orders
    inner join systems as erp
        on orders.platform = erp.platform and orders.legal_entity = erp.legal_entity and erp.role = 'erp'
    where orders.status is distinct from 'closed'
    group by orders.legal_entity, orders.quote_id
),

compared as (
    select
        quotes.*,
        orders.ordered_at,
        orders.order_number,
        coalesce(quotes.accepted_at >= quotes.expired_at, false) as is_accepted_late,
        {{ is_due('quotes.expired_at', 'hand_off.sla_hours', 'orders.ordered_at') }} as is_ordered_late
    from quotes
    inner join systems as crm
        on quotes.platform = crm.platform and quotes.legal_entity = crm.legal_entity and crm.role = 'crm'
    cross join hand_off
    left join orders on quotes.legal_entity = orders.legal_entity and quotes.native_id = orders.quote_id
),

found as (
    select
        native_id as identity,
        platform as source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        'expires_on' as attribute,
        cast(cast(case when is_accepted_late then accepted_at else ordered_at end as date) as string) as expected_value,
        cast(expires_on as string) as observed_value,
        amount as amount_at_risk,
        currency,
        case when is_accepted_late then 'accepted_after_expiry' else 'ordered_after_expiry' end as cause,
        concat_ws(
            ' ', 'Quote', document_number, 'of', {{ readable_money('amount', 'currency') }}, 'in', platform, 'expired on',
            cast(expires_on as string), 'and was',
            case
                when is_accepted_late then concat('accepted on ', cast(cast(accepted_at as date) as string))
                else concat('ordered on ', cast(cast(ordered_at as date) as string), ' as ', order_number)
            end
        ) as evidence,
        case when is_accepted_late then accepted_at else ordered_at end as due_at,
        source_updated_at as observed_version
    from compared
    where is_accepted_late or is_ordered_late
),

final as (
    {{ judged('quote_expired') }}
)

select * from final
