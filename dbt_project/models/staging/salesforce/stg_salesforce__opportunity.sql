with

opportunity as (
    select * from {{ ref('base_salesforce__opportunity') }}
),

-- what CPQ makes for an amendment or a renewal is no deal of its own: its quote belongs to the deal of the contract that it names
following as (
    select sbqq_opportunity2_c as id
    from {{ ref('base_salesforce__sbqq_quote') }}
    where sbqq_opportunity2_c is not null
    group by sbqq_opportunity2_c
    having bool_and(coalesce(sbqq_type_c = 'Amendment' or (sbqq_type_c = 'Renewal' and sbqq_master_contract_c is not null), false))
),

final as (
    select
        cast('salesforce' as string) as platform,
        cast('opportunity' as string) as entity,
        cast(opportunity.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('salesforce', 'opportunity.legal_entity_c') }} as string) as legal_entity,
        upper(cast(opportunity.currency_iso_code as string)) as currency,
        cast(
            case
                when opportunity.is_won then 'won'
                when opportunity.is_closed then 'lost'
                else 'open'
            end as string
        ) as status,
        cast(opportunity.created_date as timestamp) as created_at,
        cast(opportunity.system_modstamp as timestamp) as source_updated_at,
        cast(opportunity.q2c_read_at as timestamp) as observed_at,
        opportunity.q2c_is_deleted as is_deleted,
        cast('{{ var('salesforce_url', 'https://login.salesforce.com') }}/' || opportunity.id as string) as source_url,
        cast(opportunity.account_id as string) as customer_native_id,
        cast(opportunity.name as string) as name,
        cast(opportunity.stage_name as string) as stage,
        cast(opportunity.is_closed as boolean) as is_closed,
        cast(opportunity.is_won as boolean) as is_won,
        cast(opportunity.amount as decimal(18, 4)) as amount,
        cast(opportunity.close_date as date) as closed_on
    from opportunity
    left join following on opportunity.id = following.id
    where following.id is null
)

select * from final
