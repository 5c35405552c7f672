with

customer as (
    select * from {{ ref('base_stripe__customer') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('customer' as string) as entity,
        cast(customer.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(upper(customer.currency) as string) as currency,
        cast(case when customer.q2c_is_deleted then 'inactive' else 'active' end as string) as status,
        cast(customer.created as timestamp) as created_at,
        cast(coalesce(customer.event_created, customer.created) as timestamp) as source_updated_at,
        cast(customer.q2c_read_at as timestamp) as observed_at,
        customer.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('stripe_url', 'https://dashboard.stripe.com') }}'
            || case when customer.livemode then '' else '/test' end
            || '/customers/' || customer.id
            as string
        ) as source_url,
        cast(customer.name as string) as name,
        cast(customer.email as string) as email,
        cast(customer.phone as string) as phone,
        cast(customer.address_line1 as string) as street,
        cast(customer.address_city as string) as city,
        cast(customer.address_state as string) as state,
        cast(customer.address_postal_code as string) as postal_code,
        cast(customer.address_country as string) as country,
        cast(null as string) as payment_terms,
        cast({{ salesforce_id('customer.metadata_crm_id') }} as string) as crm_id,
        {{ from_minor_units('customer.balance', 'currencies.minor_units') }} as balance,
        not customer.q2c_is_deleted as is_active,
        cast(null as string) as tax_number,
        cast(null as string) as parent_native_id,
        cast(null as boolean) as is_on_hold,
        customer.tax_exempt = 'exempt' as is_tax_exempt,
        cast(null as string) as bill_to_native_id
    from customer
    left join currencies
        on upper(customer.currency) = currencies.currency
)

select * from final
