with

quote as (
    select * from {{ ref('base_dynamics365_sales__quote') }}
),

transactioncurrency as (
    select * from {{ ref('base_dynamics365_sales__transactioncurrency') }}
),

versions as (
    select * from {{ ref('base_dynamics365_sales__quote_version') }}
),

won as (
    select
        quoteid,
        min(q2c_version_at) as since
    from versions
    where statecode = 2
    group by quoteid
),

activated as (
    select
        quoteid,
        min(q2c_version_at) as since
    from versions
    where statecode = 1
    group by quoteid
),

translated as (
    select
        quote.*,
        case
            when quote.statecode = 0 then 'draft'
            when quote.statecode = 1 then 'approved'
            when quote.statecode = 2 then 'accepted'
            when quote.statecode = 3 then 'rejected'
        end as canonical_status
    from quote
),

final as (
    select
        cast('dynamics365_sales' as string) as platform,
        cast('quote' as string) as entity,
        cast(translated.quoteid as string) as native_id,
        cast(translated.quotenumber as string) as document_number,
        cast({{ legal_entity_of('dynamics365_sales') }} as string) as legal_entity,
        upper(cast(transactioncurrency.isocurrencycode as string)) as currency,
        cast(translated.canonical_status as string) as status,
        cast(translated.createdon as timestamp) as created_at,
        cast(translated.modifiedon as timestamp) as source_updated_at,
        cast(translated.q2c_read_at as timestamp) as observed_at,
        translated.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('dynamics365_sales_url', 'https://home.dynamics.com') }}/main.aspx?pagetype=entityrecord&etn=quote&id='
            || translated.quoteid as string
        ) as source_url,
        cast(translated.opportunityid as string) as opportunity_native_id,
        cast(translated.customerid as string) as customer_native_id,
        (translated.statuscode is distinct from 7) as is_primary,
        coalesce(translated.canonical_status = 'accepted', false) as is_accepted,
        cast(
            case
                when translated.canonical_status = 'accepted' then coalesce(translated.new_acceptedon, won.since)
            end as timestamp
        ) as accepted_at,
        cast(coalesce(translated.new_approvedon, activated.since) as timestamp) as approved_at,
        cast(translated.new_startdate as date) as start_on,
        cast(translated.new_enddate as date) as end_on,
        cast(translated.new_termmonths as bigint) as term_months,
        cast(
            case
                when translated.new_billingfrequency = 100000000 then 'Month'
                when translated.new_billingfrequency = 100000001 then 'Quarter'
                when translated.new_billingfrequency = 100000002 then 'Annual'
            end as string
        ) as billing_period,
        cast(translated.totalamountlessfreight as decimal(18, 4)) as amount,
        cast(translated.effectiveto as date) as expires_on,
        cast(case when translated.new_approvedon is not null then 'approved' end as string) as approval_status,
        cast(translated.new_approvedby as string) as approved_by,
        cast('new' as string) as quote_type,
        cast(null as string) as amended_quote_native_id
    from translated
    left join won on translated.quoteid = won.quoteid
    left join activated on translated.quoteid = activated.quoteid
    left join transactioncurrency on translated.transactioncurrencyid = transactioncurrency.transactioncurrencyid
)

select * from final
