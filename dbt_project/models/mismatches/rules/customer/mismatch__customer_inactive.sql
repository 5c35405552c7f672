with customers as (
    select * from {{ ref('dim_customer') }}
),

followers as (
    select distinct legal_entity, platform from {{ ref('dim_system') }}
    where role in ('orders', 'erp', 'billing', 'payments')
),

business as (
    select * from {{ ref('open_business') }}
    where entity <> 'opportunity'
),

by_platform as (
    {{ in_one_currency('business', ['customer_key', 'legal_entity', 'platform']) }}
),

ranked as (
    select
        by_platform.*,
        row_number() over (
            partition by by_platform.customer_key, by_platform.legal_entity order by by_platform.amount desc, by_platform.platform
        ) as place
    from by_platform
),

counted as (
    select
        customer_key,
        legal_entity,
        platform,
        count(*) as documents
    from business
    group by customer_key, legal_entity, platform
),

found as (
    select
        customers.native_id as identity,
        ranked.platform as source_platform,
        cast(null as string) as deal_key,
        customers.legal_entity,
        customers.entity,
        customers.platform,
        customers.native_id,
        customers.document_number,
        'is_active' as attribute,
        'true' as expected_value,
        cast(customers.is_active as string) as observed_value,
        ranked.amount as amount_at_risk,
        ranked.currency,
        'inactive' as cause,
        concat_ws(
            ' ', 'Customer', customers.name, concat('(', coalesce(customers.document_number, customers.native_id), ')'), 'is inactive in', customers.platform,
            'but', ranked.platform, 'has', cast(counted.documents as string), 'open documents of it', ranked.told
        ) as evidence,
        coalesce(customers.created_at, customers.source_updated_at) as due_at,
        customers.source_updated_at as observed_version
    from customers
    inner join followers on customers.platform = followers.platform and customers.legal_entity is not distinct from followers.legal_entity
    inner join ranked on customers.customer_key = ranked.customer_key and customers.legal_entity = ranked.legal_entity
    inner join counted
        on
            ranked.customer_key = counted.customer_key
            and ranked.legal_entity = counted.legal_entity
            and ranked.platform = counted.platform
    where
        not customers.is_active
        and ranked.place = 1
        and not exists (
            select 1 from customers as others
            where
                others.platform = customers.platform
                and others.legal_entity = customers.legal_entity
                and others.customer_key = customers.customer_key
                and others.is_active
        )
),

final as (
    {{ judged('customer_inactive') }}
)

select * from final
