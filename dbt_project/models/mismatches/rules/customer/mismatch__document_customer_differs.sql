with sellers as (
    select distinct platform from {{ ref('dim_system') }}
    where role = 'crm'
),

identities as (
    select * from {{ ref('xref_customer') }}
),

known as (
    select
        customers.customer_key,
        min(customers.name) as name,
        min(parents.customer_key) as parent_key
    from {{ ref('dim_customer') }} as customers
    inner join sellers on customers.platform = sellers.platform
    left join identities as parents on customers.platform = parents.platform and customers.parent_native_id = parents.native_id
    group by customers.customer_key
),

billed_a_period as (
    select
        platform,
        subscription_native_id,
        sum({{ times('quantity', 'unit_price') }}) as amount
    from {{ ref('fct_subscription_line') }}
    where charge_type = 'recurring'
    group by platform, subscription_native_id
),

documents as (
    select 1 as place, platform, entity, native_id, document_number, deal_key, legal_entity, customer_native_id, currency, amount, created_at, source_updated_at
    from {{ ref('fct_order') }}
    where status is distinct from 'closed'
    union all
    select
        2, subscriptions.platform, subscriptions.entity, subscriptions.native_id, subscriptions.document_number, subscriptions.deal_key,
        subscriptions.legal_entity, subscriptions.customer_native_id, subscriptions.currency, billed_a_period.amount, subscriptions.created_at,
        subscriptions.source_updated_at
    from {{ ref('fct_subscription') }} as subscriptions
    left join billed_a_period
        on
            subscriptions.platform = billed_a_period.platform
            and subscriptions.native_id = billed_a_period.subscription_native_id
    where subscriptions.status is distinct from 'cancelled'
    union all
    select
        3, invoices.platform, invoices.entity, invoices.native_id, invoices.document_number, invoices.deal_key, invoices.legal_entity,
        invoices.customer_native_id, invoices.currency, invoices.amount, invoices.created_at, invoices.source_updated_at
    from {{ ref('fct_invoice') }} as invoices
    left join {{ ref('credited_invoice') }} as credited on invoices.platform = credited.platform and invoices.native_id = credited.native_id
    where invoices.status is distinct from 'void' and coalesce(credited.amount < invoices.amount, true)
    union all
    select 4, platform, entity, native_id, document_number, deal_key, legal_entity, customer_native_id, currency, amount, created_at, source_updated_at
    from {{ ref('fct_payment') }}
    where coalesce(status not in ('failed', 'refunded'), true)
),

booked as (
    select
        documents.*,
        deals.root_platform,
        opportunities.source_updated_at as deal_updated_at,
        sold.name as sold_to,
        holders.customer_key as holder_key,
        holders.name as holder,
        row_number() over (
            partition by documents.platform, documents.deal_key, holders.customer_key order by documents.place, documents.native_id
        ) as nth,
        min(documents.place) over (partition by documents.platform, documents.deal_key, holders.customer_key) as first_place
    from documents
    inner join {{ ref('dim_deal') }} as deals on documents.deal_key = deals.deal_key
    inner join identities on documents.platform = identities.platform and documents.customer_native_id = identities.native_id
    inner join known as holders on identities.customer_key = holders.customer_key
    inner join known as sold on deals.customer_key = sold.customer_key
    left join {{ ref('fct_opportunity') }} as opportunities
        on deals.root_platform = opportunities.platform and deals.root_native_id = opportunities.native_id
    where holders.customer_key <> sold.customer_key and holders.customer_key is distinct from sold.parent_key
),

first_kind as (
    select * from booked
    where place = first_place
),

amounts as (
    {{ in_one_currency('first_kind', ['platform', 'deal_key', 'holder_key']) }}
),

found as (
    select
        concat_ws(':', booked.deal_key, booked.holder_key) as identity,
        booked.root_platform as source_platform,
        booked.deal_key,
        booked.legal_entity,
        booked.entity,
        booked.platform,
        booked.native_id,
        booked.document_number,
        'customer_native_id' as attribute,
        booked.sold_to as expected_value,
        booked.holder as observed_value,
        amounts.amount as amount_at_risk,
        case when amounts.amount is null then booked.currency else amounts.currency end as currency,
        'customer_differs' as cause,
        concat_ws(
            ' ', upper(substring(booked.entity, 1, 1)) || substring(booked.entity, 2), coalesce(booked.document_number, booked.native_id), 'in',
            booked.platform, 'is booked for', booked.holder, 'but the deal in', booked.root_platform, 'is of', booked.sold_to, amounts.told
        ) as evidence,
        greatest(booked.deal_updated_at, booked.created_at) as due_at,
        booked.source_updated_at as observed_version
    from booked
    left join amounts
        on booked.platform = amounts.platform and booked.deal_key = amounts.deal_key and booked.holder_key = amounts.holder_key
    where booked.nth = 1
),

final as (
    {{ judged('document_customer_differs') }}
)

select * from final
