with sellers as (
    select distinct platform from {{ ref('dim_system') }}
    where role = 'crm'
),

documents as (
    {%- for entity in ['opportunity', 'quote', 'order', 'subscription', 'invoice', 'payment'] %}
    select platform, customer_native_id from {{ ref('fct_' ~ entity) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

used as (
    select distinct platform, customer_native_id from documents
),

open_amounts as (
    {{ in_one_currency(ref('open_business'), ['platform', 'customer_native_id']) }}
),

records as (
    select
        customers.*,
        identities.method,
        sellers.platform is not null as is_of_crm,
        {{ plain_tax_number('customers.tax_number') }} as plain_tax_number,
        lower(trim(customers.name)) as plain_name,
        lower(trim(customers.email)) as plain_email,
        row_number() over (
            partition by customers.platform
            order by
                case when used.platform is not null then 0 else 1 end, coalesce(customers.created_at, customers.source_updated_at) nulls last,
                customers.native_id
        ) as place
    from {{ ref('dim_customer') }} as customers
    inner join {{ ref('xref_customer') }} as identities
        on customers.platform = identities.platform and customers.native_id = identities.native_id
    left join sellers on customers.platform = sellers.platform
    left join used on customers.platform = used.platform and customers.native_id = used.customer_native_id
    where customers.is_active is distinct from false
),

pairs as (
    select surplus.platform, surplus.native_id, kept.native_id as kept_id, kept.place, 'same_reference' as cause
    from records as surplus
    inner join records as kept on surplus.platform = kept.platform and surplus.customer_key = kept.customer_key and surplus.place > kept.place
    union all
    select surplus.platform, surplus.native_id, kept.native_id as kept_id, kept.place, 'same_tax_number' as cause
    from records as surplus
    inner join records as kept
        on
            surplus.platform = kept.platform
            and surplus.legal_entity is not distinct from kept.legal_entity
            and surplus.plain_tax_number = kept.plain_tax_number
            and surplus.place > kept.place
    where surplus.is_of_crm or surplus.method = 'none' or kept.method = 'none'
    union all
    select surplus.platform, surplus.native_id, kept.native_id as kept_id, kept.place, 'same_name_and_email' as cause
    from records as surplus
    inner join records as kept
        on
            surplus.platform = kept.platform
            and surplus.legal_entity is not distinct from kept.legal_entity
            and surplus.plain_name = kept.plain_name
            and surplus.plain_email = kept.plain_email
            and surplus.place > kept.place
    where surplus.is_of_crm
),

duplicates as (
    select
        platform,
        native_id,
        min_by(kept_id, concat(lpad(cast(place as string), 12, '0'), cause)) as kept_id,
        min_by(cause, concat(lpad(cast(place as string), 12, '0'), cause)) as cause
    from pairs
    group by platform, native_id
),

found as (
    select
        surplus.native_id as identity,
        surplus.platform as source_platform,
        cast(null as string) as deal_key,
        surplus.legal_entity,
        surplus.entity,
        surplus.platform,
        surplus.native_id,
        surplus.document_number,
        cast(null as string) as attribute,
        coalesce(kept.document_number, kept.native_id) as expected_value,
        coalesce(surplus.document_number, surplus.native_id) as observed_value,
        open_amounts.amount as amount_at_risk,
        case when open_amounts.amount is null then surplus.currency else open_amounts.currency end as currency,
        duplicates.cause,
        concat_ws(
            ' ', 'Customer', surplus.name, concat('(', coalesce(surplus.document_number, surplus.native_id), ')'), 'of', surplus.platform,
            'is', kept.name, concat('(', coalesce(kept.document_number, kept.native_id), ')'), 'once more:',
            case duplicates.cause
                when 'same_reference' then concat('both are ', surplus.customer_key)
                when 'same_tax_number' then concat('both have tax number ', surplus.tax_number)
                else concat('both have e-mail ', surplus.email)
            end,
            open_amounts.told
        ) as evidence,
        greatest(surplus.created_at, kept.created_at, case when kept.created_at is null then kept.source_updated_at end) as due_at,
        surplus.source_updated_at as observed_version
    from duplicates
    inner join records as surplus on duplicates.platform = surplus.platform and duplicates.native_id = surplus.native_id
    inner join records as kept on duplicates.platform = kept.platform and duplicates.kept_id = kept.native_id
    left join open_amounts on surplus.platform = open_amounts.platform and surplus.native_id = open_amounts.customer_native_id
),

final as (
    {{ judged('customer_duplicated') }}
)

select * from final
