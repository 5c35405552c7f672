with

quote as (
    select * from {{ ref('base_salesforce__sbqq_quote') }}
),

accepted as (
    select
        legal_entity_c,
        currency_iso_code,
        date_trunc('month', accepted_at_c) as period_on,
        count(*) as quotes,
        max(q2c_read_at) as q2c_read_at
    from quote
    where
        sbqq_status_c = 'Accepted' and not q2c_is_deleted
        and accepted_at_c is not null and legal_entity_c is not null and currency_iso_code is not null
    group by legal_entity_c, currency_iso_code, date_trunc('month', accepted_at_c)
),

final as (
    select
        cast('salesforce' as string) as platform,
        cast('bookings' as string) as report,
        cast({{ legal_entity_of('salesforce', 'accepted.legal_entity_c') }} as string) as legal_entity,
        upper(cast(accepted.currency_iso_code as string)) as currency,
        cast(accepted.period_on as date) as period_on,
        cast('accepted quotes' as string) as measure,
        cast(accepted.quotes as bigint) as record_count,
        cast(null as decimal(18, 4)) as amount,
        cast(accepted.q2c_read_at as timestamp) as observed_at
    from accepted
)

select * from final
