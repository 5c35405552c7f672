{{ by_deal() }}

with opportunities as (
    select * from {{ ref('fct_opportunity') }}
    where is_won
),

systems as (
    select * from {{ ref('dim_system') }}
),

quotes as (
    select
        platform,
        opportunity_native_id,
        count(*) as quotes,
        max(case when is_accepted then document_number end) as accepted_number,
        max(case when is_primary then document_number end) as primary_number,
        max(case when is_primary then status end) as primary_status,
        coalesce(bool_or(is_primary and is_accepted and status is distinct from 'rejected'), false) as has_accepted_primary
    from {{ ref('fct_quote') }}
    group by platform, opportunity_native_id
),

booked as (
    select distinct orders.deal_key
    from {{ ref('fct_order') }} as orders
    inner join systems as erp
        on orders.platform = erp.platform and orders.legal_entity = erp.legal_entity and erp.role = 'erp'
    where orders.status is distinct from 'closed'
),

compared as (
    select
        opportunities.*,
        quotes.quotes,
        quotes.accepted_number,
        quotes.primary_number,
        quotes.primary_status
    from opportunities
    inner join systems as crm
        on opportunities.platform = crm.platform and opportunities.legal_entity = crm.legal_entity and crm.role = 'crm'
    left join quotes
        on opportunities.platform = quotes.platform and opportunities.native_id = quotes.opportunity_native_id
    left join booked on opportunities.deal_key = booked.deal_key
    where not coalesce(quotes.has_accepted_primary, false) and booked.deal_key is null
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
        coalesce(document_number, name) as document_number,
        'quote_status' as attribute,
        'accepted' as expected_value,
        primary_status as observed_value,
        amount as amount_at_risk,
        currency,
        case
            when quotes is null then 'quote_missing'
            when accepted_number is not null then 'quote_not_primary'
            else 'quote_not_accepted'
        end as cause,
        concat_ws(
            ' ', 'Opportunity', name, 'of', {{ readable_money('amount', 'currency') }}, 'is won in', platform, 'but',
            case
                when quotes is null then 'has no quote'
                when accepted_number is not null
                    then concat_ws(' ', 'its accepted quote', accepted_number, 'is not the primary one')
                when primary_number is null then 'none of its quotes is the primary one'
                else concat_ws(' ', 'its primary quote', primary_number, 'is', coalesce(primary_status, 'not accepted'))
            end
        ) as evidence,
        -- a day is over when it has ended everywhere
        coalesce({{ dbt.dateadd('hour', 36, 'cast(closed_on as timestamp)') }}, created_at) as due_at,
        source_updated_at as observed_version
    from compared
),

final as (
    {{ judged('opportunity_without_quote') }}
)

select * from final
