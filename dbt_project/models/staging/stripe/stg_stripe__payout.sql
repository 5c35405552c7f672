with

payout as (
    select * from {{ ref('base_stripe__payout') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('payout' as string) as entity,
        cast(payout.id as string) as native_id,
        cast(payout.id as string) as document_number,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(upper(payout.currency) as string) as currency,
        cast(
            case
                when payout.status = 'paid' then 'paid'
                when payout.status in ('pending', 'in_transit') then 'pending'
                when payout.status in ('failed', 'canceled') then 'failed'
            end as string
        ) as status,
        cast(payout.created as timestamp) as created_at,
        cast(coalesce(payout.event_created, payout.created) as timestamp) as source_updated_at,
        cast(payout.q2c_read_at as timestamp) as observed_at,
        payout.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('stripe_url', 'https://dashboard.stripe.com') }}'
            || case when payout.livemode then '' else '/test' end
            || '/payouts/' || payout.id
            as string
        ) as source_url,
        {{ from_minor_units('payout.amount', 'currencies.minor_units') }} as amount,
        cast(payout.automatic as boolean) as is_itemised,
        cast(payout.arrival_date as date) as arrives_on
    from payout
    left join currencies on upper(payout.currency) = currencies.currency
)

select * from final
