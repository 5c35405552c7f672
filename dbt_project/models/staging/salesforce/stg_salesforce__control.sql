with

bookings as (
    select * from {{ ref('base_salesforce__bookings') }}
),

final as (
    select
        cast('salesforce' as string) as platform,
        cast('bookings' as string) as report,
        cast({{ legal_entity_of('salesforce', 'bookings.legal_entity_c') }} as string) as legal_entity,
        upper(cast(bookings.currency_iso_code as string)) as currency,
        try_cast(bookings.accepted_year || '-' || bookings.accepted_month || '-1' as date) as period_on,
        cast('accepted quotes' as string) as measure,
        cast(bookings.quotes as bigint) as record_count,
        cast(null as decimal(18, 4)) as amount,
        cast({{ said_since('bookings') }} as timestamp) as observed_at,
        bookings.q2c_is_deleted as is_deleted
    from bookings
)

select * from final
