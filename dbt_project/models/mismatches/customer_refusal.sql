with expected as (
    select * from {{ ref('exp_order') }}
),

-- of several records of one customer, the ERP sells to the best of them
customers as (
    select
        platform,
        legal_entity,
        customer_key,
        bool_and(not is_active) as is_inactive,
        bool_and(coalesce(is_on_hold, false)) as is_on_hold,
        max(tax_number) as tax_number,
        min(native_id) as native_id,
        min_by(concat(name, ' (', coalesce(document_number, native_id), ')'), native_id) as told
    from {{ ref('dim_customer') }}
    group by platform, legal_entity, customer_key
),

business as (
    select distinct customer_key, legal_entity from {{ ref('open_business') }}
    where entity <> 'opportunity'
),

demanded as (
    select legal_entity from {{ ref('customer_requirements') }}
    where attribute = 'tax_number'
),

judged as (
    select
        expected.expected_key,
        customers.native_id,
        customers.told,
        case
            when customers.is_inactive then 'customer_inactive'
            when customers.is_on_hold then 'customer_on_hold'
            when demanded.legal_entity is not null and customers.tax_number is null then 'tax_registration_missing'
        end as cause,
        -- an inactive customer with open business is the finding of customer_inactive
        customers.is_inactive and business.customer_key is not null as is_told
    from expected
    inner join customers
        on
            expected.platform = customers.platform
            and expected.legal_entity = customers.legal_entity
            and expected.customer_key = customers.customer_key
    left join business on customers.customer_key = business.customer_key and customers.legal_entity = business.legal_entity
    left join demanded on expected.legal_entity = demanded.legal_entity
),

final as (
    select
        expected_key,
        native_id,
        cause,
        concat_ws(
            ' ', 'its customer', told,
            case cause
                when 'customer_inactive' then 'is inactive there'
                when 'customer_on_hold' then 'is on hold there'
                else 'has no tax number there'
            end
        ) as says
    from judged
    where cause is not null and not is_told
)

select * from final
