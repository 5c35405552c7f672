with

quote as (
    select * from {{ ref('base_hubspot__quote') }}
),

line_item as (
    select * from {{ ref('base_hubspot__line_item') }}
    where not q2c_is_deleted and quote_id is not null
),

merged as (
    select * from {{ ref('base_hubspot__merged') }}
    where entity = 'deal'
),

versions as (
    select
        *,
        coalesce(hs_sign_status in ('ESIGN_COMPLETED', 'MANUALLY_SIGNED'), false) as is_signed
    from {{ ref('base_hubspot__quote_version') }}
),

published as (
    select
        id,
        min(q2c_version_at) as since
    from versions
    where hs_status in ('APPROVED', 'APPROVAL_NOT_NEEDED') and not is_signed
    group by id
),

otherwise as (
    select
        id,
        max(q2c_version_at) as last_at
    from versions
    where not is_signed
    group by id
),

-- a quote that was signed by hand need not say when
signed as (
    select
        versions.id,
        min(versions.q2c_version_at) as since
    from versions
    left join otherwise on versions.id = otherwise.id
    where versions.is_signed and (otherwise.last_at is null or versions.q2c_version_at >= otherwise.last_at)
    group by versions.id
),

measured as (
    select
        *,
        12 * coalesce(try_cast(regexp_extract(hs_recurring_billing_period, '(\d{1,4})Y', 1) as bigint), 0)
        + coalesce(try_cast(regexp_extract(hs_recurring_billing_period, '(\d{1,4})M', 1) as bigint), 0) as months
    from line_item
),

terms as (
    select
        quote_id,
        min(hs_recurring_billing_start_date) as start_on,
        max(case when months between 1 and 1200 then months end) as term_months,
        case when count(distinct recurringbillingfrequency) = 1 then max(recurringbillingfrequency) end as frequency
    from measured
    group by quote_id
),

translated as (
    select
        quote.*,
        coalesce(merged.into_id, quote.deal_id) as living_deal_id,
        case
            when quote.hs_sign_status in ('ESIGN_COMPLETED', 'MANUALLY_SIGNED') then 'accepted'
            when quote.hs_status in ('DRAFT', 'PENDING_APPROVAL') then 'draft'
            when quote.hs_status in ('APPROVED', 'APPROVAL_NOT_NEEDED') then 'approved'
            when quote.hs_status = 'REJECTED' then 'rejected'
        end as canonical_status
    from quote
    left join merged on quote.deal_id = merged.merged_id
),

ranked as (
    select
        *,
        row_number() over (
            partition by coalesce(living_deal_id, 'quote ' || id)
            order by
                q2c_is_deleted,
                case canonical_status when 'accepted' then 1 when 'approved' then 2 when 'draft' then 3 else 4 end,
                created_at desc nulls last,
                id desc
        ) as place
    from translated
),

final as (
    select
        cast('hubspot' as string) as platform,
        cast('quote' as string) as entity,
        cast(ranked.id as string) as native_id,
        cast(ranked.hs_quote_number as string) as document_number,
        cast({{ legal_entity_of('hubspot') }} as string) as legal_entity,
        upper(cast(ranked.hs_currency as string)) as currency,
        cast(ranked.canonical_status as string) as status,
        cast(ranked.created_at as timestamp) as created_at,
        cast(ranked.updated_at as timestamp) as source_updated_at,
        cast(ranked.q2c_read_at as timestamp) as observed_at,
        ranked.q2c_is_deleted as is_deleted,
        cast('{{ var('hubspot_url', 'https://app.hubspot.com') }}/0-14/' || ranked.id as string) as source_url,
        cast(ranked.living_deal_id as string) as opportunity_native_id,
        cast(ranked.company_id as string) as customer_native_id,
        ranked.place = 1 as is_primary,
        coalesce(ranked.canonical_status = 'accepted', false) as is_accepted,
        cast(
            case when ranked.canonical_status = 'accepted' then coalesce(ranked.hs_esign_date, signed.since) end as timestamp
        ) as accepted_at,
        cast(published.since as timestamp) as approved_at,
        cast(terms.start_on as date) as start_on,
        cast(terms.start_on + to_months(cast(terms.term_months as int)) - to_days(1) as date) as end_on,
        cast(terms.term_months as bigint) as term_months,
        cast(
            case terms.frequency
                when 'monthly' then 'Month'
                when 'quarterly' then 'Quarter'
                when 'annually' then 'Annual'
            end as string
        ) as billing_period,
        cast(ranked.hs_quote_amount as decimal(18, 4)) as amount,
        cast(ranked.hs_expiration_date as date) as expires_on,
        cast(
            case ranked.hs_status
                when 'APPROVED' then 'approved'
                when 'PENDING_APPROVAL' then 'pending'
                when 'REJECTED' then 'rejected'
            end as string
        ) as approval_status,
        cast(null as string) as approved_by,
        cast('new' as string) as quote_type,
        cast(null as string) as amended_quote_native_id
    from ranked
    left join terms on ranked.id = terms.quote_id
    left join published on ranked.id = published.id
    left join signed on ranked.id = signed.id
)

select * from final
