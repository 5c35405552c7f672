with

sbqq_quote as (
    select * from {{ ref('base_salesforce__sbqq_quote') }}
),

versions as (
    select * from {{ ref('base_salesforce__sbqq_quote_version') }}
),

otherwise as (
    select
        id,
        max(q2c_version_at) as last_at
    from versions
    where (sbqq_status_c is distinct from 'Accepted')
    group by id
),

accepted as (
    select
        versions.id,
        min(versions.q2c_version_at) as since
    from versions
    left join otherwise on versions.id = otherwise.id
    where versions.sbqq_status_c = 'Accepted' and (otherwise.last_at is null or versions.q2c_version_at >= otherwise.last_at)
    group by versions.id
),

approved as (
    select
        id,
        min(q2c_version_at) as since
    from versions
    where sbqq_status_c in ('Approved', 'Presented')
    group by id
),

-- a contract is known by the quote that its subscriptions were made from
contracts as (
    select
        subscriptions.sbqq_contract_c as id,
        min(lines.sbqq_quote_c) as quote_id
    from {{ ref('base_salesforce__sbqq_subscription') }} as subscriptions
    inner join {{ ref('base_salesforce__sbqq_quote_line') }} as lines on subscriptions.sbqq_quote_line_c = lines.id
    inner join sbqq_quote on lines.sbqq_quote_c = sbqq_quote.id
    where sbqq_quote.sbqq_type_c is distinct from 'Amendment'
    group by subscriptions.sbqq_contract_c
),

translated as (
    select
        *,
        case
            when sbqq_status_c in ('Draft', 'In Review') then 'draft'
            when sbqq_status_c in ('Approved', 'Presented') then 'approved'
            when sbqq_status_c = 'Accepted' then 'accepted'
            when sbqq_status_c in ('Rejected', 'Denied') then 'rejected'
        end as canonical_status
    from sbqq_quote
),

final as (
    select
        cast('salesforce' as string) as platform,
        cast('quote' as string) as entity,
        cast(translated.id as string) as native_id,
        cast(translated.name as string) as document_number,
        cast({{ legal_entity_of('salesforce', 'translated.legal_entity_c') }} as string) as legal_entity,
        upper(cast(translated.currency_iso_code as string)) as currency,
        cast(translated.canonical_status as string) as status,
        cast(translated.created_date as timestamp) as created_at,
        cast(translated.system_modstamp as timestamp) as source_updated_at,
        cast(translated.q2c_read_at as timestamp) as observed_at,
        translated.q2c_is_deleted as is_deleted,
        cast('{{ var('salesforce_url', 'https://login.salesforce.com') }}/' || translated.id as string) as source_url,
        cast(translated.sbqq_opportunity2_c as string) as opportunity_native_id,
        cast(translated.sbqq_account_c as string) as customer_native_id,
        cast(translated.sbqq_primary_c and translated.sbqq_type_c is distinct from 'Amendment' as boolean) as is_primary,
        coalesce(translated.canonical_status = 'accepted', false) as is_accepted,
        cast(
            case
                when translated.canonical_status = 'accepted' then coalesce(translated.accepted_at_c, accepted.since)
            end as timestamp
        ) as accepted_at,
        cast(coalesce(translated.approved_at_c, approved.since) as timestamp) as approved_at,
        cast(translated.sbqq_start_date_c as date) as start_on,
        cast(translated.sbqq_end_date_c as date) as end_on,
        cast(translated.sbqq_subscription_term_c as bigint) as term_months,
        cast(
            case
                when translated.sbqq_billing_frequency_c = 'Monthly' then 'Month'
                when translated.sbqq_billing_frequency_c = 'Quarterly' then 'Quarter'
                when translated.sbqq_billing_frequency_c = 'Annual' then 'Annual'
            end as string
        ) as billing_period,
        cast(translated.sbqq_net_amount_c as decimal(18, 4)) as amount,
        cast(translated.sbqq_expiration_date_c as date) as expires_on,
        cast(
            case
                when translated.approved_at_c is not null then 'approved'
                when translated.sbqq_status_c = 'In Review' then 'pending'
                when translated.sbqq_status_c = 'Denied' then 'rejected'
            end as string
        ) as approval_status,
        cast(translated.approved_by_c as string) as approved_by,
        cast(
            case translated.sbqq_type_c when 'Amendment' then 'amendment' when 'Renewal' then 'renewal' else 'new' end as string
        ) as quote_type,
        cast(contracts.quote_id as string) as amended_quote_native_id
    from translated
    left join accepted on translated.id = accepted.id
    left join approved on translated.id = approved.id
    left join contracts on translated.sbqq_master_contract_c = contracts.id
)

select * from final
