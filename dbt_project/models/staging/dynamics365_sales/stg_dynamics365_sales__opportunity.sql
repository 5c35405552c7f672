with

opportunity as (
    select * from {{ ref('base_dynamics365_sales__opportunity') }}
),

transactioncurrency as (
    select * from {{ ref('base_dynamics365_sales__transactioncurrency') }}
),

final as (
    select
        cast('dynamics365_sales' as string) as platform,
        cast('opportunity' as string) as entity,
        cast(opportunity.opportunityid as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('dynamics365_sales') }} as string) as legal_entity,
        upper(cast(transactioncurrency.isocurrencycode as string)) as currency,
        cast(
            case
                when opportunity.statecode = 0 then 'open'
                when opportunity.statecode = 1 then 'won'
                when opportunity.statecode = 2 then 'lost'
            end as string
        ) as status,
        cast(opportunity.createdon as timestamp) as created_at,
        cast(opportunity.modifiedon as timestamp) as source_updated_at,
        cast(opportunity.q2c_read_at as timestamp) as observed_at,
        opportunity.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('dynamics365_sales_url', 'https://home.dynamics.com') }}/main.aspx?pagetype=entityrecord&etn=opportunity&id='
            || opportunity.opportunityid as string
        ) as source_url,
        cast(opportunity.customerid as string) as customer_native_id,
        cast(opportunity.name as string) as name,
        cast(opportunity.stepname as string) as stage,
        coalesce(opportunity.statecode <> 0, false) as is_closed,
        coalesce(opportunity.statecode = 1, false) as is_won,
        cast(coalesce(opportunity.actualvalue, opportunity.estimatedvalue) as decimal(18, 4)) as amount,
        cast(coalesce(opportunity.actualclosedate, opportunity.estimatedclosedate) as date) as closed_on
    from opportunity
    left join transactioncurrency on opportunity.transactioncurrencyid = transactioncurrency.transactioncurrencyid
)

select * from final
