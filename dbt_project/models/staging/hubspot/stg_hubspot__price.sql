with

product as (
    select * from {{ ref('base_hubspot__product') }}
),

with_months as (
    select
        *,
        case recurringbillingfrequency
            when 'monthly' then 1
            when 'quarterly' then 3
            when 'per_six_months' then 6
            when 'annually' then 12
        end as months
    from product
),

final as (
    select
        cast('hubspot' as string) as platform,
        cast('price' as string) as entity,
        cast(with_months.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('hubspot') }} as string) as legal_entity,
        upper(cast(with_months.account_currency as string)) as currency,
        cast(case when with_months.hs_status = 'inactive' then 'inactive' else 'active' end as string) as status,
        cast(with_months.created_at as timestamp) as created_at,
        cast(with_months.updated_at as timestamp) as source_updated_at,
        cast(with_months.q2c_read_at as timestamp) as observed_at,
        with_months.q2c_is_deleted as is_deleted,
        cast('{{ var('hubspot_url', 'https://app.hubspot.com') }}/0-7/' || with_months.id as string) as source_url,
        cast(with_months.hs_sku as string) as product_code,
        cast(case when with_months.recurringbillingfrequency is null then 'one_time' else 'recurring' end as string) as charge_type,
        cast(case when with_months.months is not null then 'Month' end as string) as billing_period,
        cast(
            case
                when with_months.recurringbillingfrequency is null then with_months.price
                else with_months.price / with_months.months
            end as decimal(18, 6)
        ) as unit_price
    from with_months
)

select * from final
