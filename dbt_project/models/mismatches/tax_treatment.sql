with customers as (
    select * from {{ ref('dim_customer') }}
),

books as (
    select platform, legal_entity from {{ ref('dim_system') }}
    where role = 'erp'
),

treatments as (
    select * from {{ ref('tax_treatments') }}
),

-- where the books have the customer, or else another platform that tells a country by its code
known as (
    select
        customers.legal_entity,
        customers.customer_key,
        upper(
            coalesce(
                max(case when books.platform is not null and length(customers.country) = 2 then customers.country end),
                max(case when length(customers.country) = 2 then customers.country end)
            )
        ) as country,
        max(customers.tax_number) as tax_number,
        bool_or(coalesce(customers.is_tax_exempt, false)) as is_tax_exempt
    from customers
    left join books on customers.platform = books.platform and customers.legal_entity = books.legal_entity
    group by customers.legal_entity, customers.customer_key
),

treated as (
    select
        known.*,
        coalesce(treatments.with_tax_number, others.with_tax_number, 'domestic') as with_tax_number,
        coalesce(treatments.without_tax_number, others.without_tax_number, 'domestic') as without_tax_number
    from known
    left join treatments on known.legal_entity = treatments.legal_entity and known.country = treatments.country
    left join treatments as others
        on known.legal_entity = others.legal_entity and known.country is not null and others.country is null
),

final as (
    select
        cast(legal_entity as string) as legal_entity,
        cast(customer_key as string) as customer_key,
        cast(country as string) as country,
        cast(
            case
                when is_tax_exempt then 'exempt'
                when tax_number is not null then with_tax_number
                else without_tax_number
            end as string
        ) as treatment
    from treated
)

select * from final
