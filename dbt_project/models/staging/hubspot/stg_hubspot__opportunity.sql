with

deal as (
    select * from {{ ref('base_hubspot__deal') }}
),

final as (
    select
        cast('hubspot' as string) as platform,
        cast('opportunity' as string) as entity,
        cast(deal.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('hubspot') }} as string) as legal_entity,
        upper(cast(coalesce(deal.deal_currency_code, deal.account_currency) as string)) as currency,
        cast(
            case
                when deal.hs_is_closed_won then 'won'
                when deal.hs_is_closed then 'lost'
                else 'open'
            end as string
        ) as status,
        cast(deal.created_at as timestamp) as created_at,
        cast(deal.updated_at as timestamp) as source_updated_at,
        cast(deal.q2c_read_at as timestamp) as observed_at,
        deal.q2c_is_deleted as is_deleted,
        cast('{{ var('hubspot_url', 'https://app.hubspot.com') }}/0-3/' || deal.id as string) as source_url,
        cast(deal.company_id as string) as customer_native_id,
        cast(deal.dealname as string) as name,
        cast(deal.dealstage as string) as stage,
        cast(coalesce(deal.hs_is_closed, false) as boolean) as is_closed,
        cast(coalesce(deal.hs_is_closed_won, false) as boolean) as is_won,
        cast(deal.amount as decimal(18, 4)) as amount,
        cast(deal.closedate as date) as closed_on
    from deal
)

select * from final
