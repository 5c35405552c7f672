with

account as (
    select * from {{ ref('base_zuora__account') }}
),

subscription as (
    select * from {{ ref('base_zuora__subscription') }}
),

version as (
    select
        *,
        min(created_date) over (partition by name) as first_created_date,
        row_number() over (
            partition by name
            order by q2c_is_deleted, is_latest_version desc nulls last, version desc nulls last, id
        ) as newness
    from subscription
),

final as (
    select
        cast('zuora' as string) as platform,
        cast('subscription' as string) as entity,
        cast(version.name as string) as native_id,
        cast(version.name as string) as document_number,
        cast({{ legal_entity_of('zuora', 'account.legal_entity_c') }} as string) as legal_entity,
        upper(cast(version.currency as string)) as currency,
        cast(
            case
                when version.status in ('Draft', 'Pending Activation', 'Pending Acceptance') then 'draft'
                when version.status in ('Active', 'Suspended') then 'active'
                when version.status = 'Cancelled' then 'cancelled'
                when version.status = 'Expired' then 'expired'
            end as string
        ) as status,
        cast(version.first_created_date as timestamp) as created_at,
        cast(version.updated_date as timestamp) as source_updated_at,
        cast(version.q2c_read_at as timestamp) as observed_at,
        version.q2c_is_deleted as is_deleted,
        cast('{{ var('zuora_url', 'https://www.zuora.com') }}/apps/Subscription.do?method=view&id=' || version.id as string) as source_url,
        cast(version.quote_number_qt as string) as quote_number,
        cast(version.integration_id_ns as string) as order_number,
        cast(version.account_id as string) as customer_native_id,
        cast(version.subscription_start_date as date) as start_on,
        cast({{ dbt.dateadd('day', -1, 'version.subscription_end_date') }} as date) as end_on,
        cast(
            case
                when version.current_term_period_type = 'Month' then version.current_term
                when version.current_term_period_type = 'Year' then version.current_term * 12
            end as bigint
        ) as term_months,
        cast(version.term_start_date as date) as term_start_on,
        cast(version.auto_renew as boolean) as is_auto_renewing,
        cast(
            case
                when version.renewal_term_period_type = 'Month' then version.renewal_term
                when version.renewal_term_period_type = 'Year' then version.renewal_term * 12
            end as bigint
        ) as renewal_term_months
    from version
    left join account on version.account_id = account.id
    where version.newness = 1 and version.name is not null
)

select * from final
