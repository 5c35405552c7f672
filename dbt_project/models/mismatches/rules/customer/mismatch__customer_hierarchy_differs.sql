{%- set related = ['parent_native_id', 'bill_to_native_id'] -%}
with expected as (
    select * from {{ ref('exp_customer') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
),

identities as (
    select * from {{ ref('xref_customer') }}
),

copies as (
    select * from {{ ref('dim_copy') }}
    where entity = 'customer' and attribute in ('{{ related | join("', '") }}')
),

open_invoices as (
    select
        platform,
        customer_native_id,
        currency,
        balance as amount
    from {{ ref('fct_invoice') }}
    where status = 'open'
),

open_amounts as (
    {{ in_one_currency('open_invoices', ['platform', 'customer_native_id']) }}
),

relatives as (
    {% for attribute in related %}
    select
        customers.platform,
        customers.native_id,
        '{{ attribute }}' as attribute,
        identities.customer_key,
        relative.name
    from customers
    inner join identities on customers.platform = identities.platform and customers.{{ attribute }} = identities.native_id
    left join customers as relative on customers.platform = relative.platform and customers.{{ attribute }} = relative.native_id
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

parents as (
    select * from relatives where attribute = 'parent_native_id'
),

compared as (
    select
        expected.*,
        customers.native_id,
        customers.document_number,
        customers.created_at,
        customers.source_updated_at as observed_version,
        copies.attribute,
        wanted.customer_key as wanted_key,
        wanted.name as wanted_name,
        held.customer_key as held_key,
        held.name as held_name,
        (
            select max(coalesce(there.created_at, there.source_updated_at)) from customers as there
            where there.platform = expected.platform and there.customer_key = wanted.customer_key
        ) as parent_known_at
    from expected
    inner join customers on expected.platform = customers.platform and expected.customer_key = customers.customer_key
    inner join copies on expected.platform = copies.platform and expected.legal_entity = copies.legal_entity
    left join parents as wanted on expected.source_platform = wanted.platform and expected.source_native_id = wanted.native_id
    left join relatives as held
        on customers.platform = held.platform and customers.native_id = held.native_id and copies.attribute = held.attribute
),

found as (
    select
        concat_ws(':', compared.expected_key, compared.native_id) as identity,
        compared.source_platform,
        compared.deal_key,
        compared.legal_entity,
        compared.entity,
        compared.platform,
        compared.native_id,
        compared.document_number,
        compared.attribute,
        case when compared.attribute = 'bill_to_native_id' then compared.name else compared.wanted_name end as expected_value,
        compared.held_name as observed_value,
        open_amounts.amount as amount_at_risk,
        case when open_amounts.amount is null then compared.currency else open_amounts.currency end as currency,
        case
            when compared.attribute = 'bill_to_native_id' then 'bill_to_differs'
            when compared.held_key is null then 'parent_missing'
            when compared.wanted_key is null then 'parent_surplus'
            else 'parent_differs'
        end as cause,
        concat_ws(
            ' ', 'Customer', coalesce(compared.document_number, compared.native_id), 'in', compared.platform,
            case when compared.attribute = 'bill_to_native_id' then 'is billed to' else 'belongs to' end,
            coalesce(compared.held_name, compared.held_key, 'nobody'), 'but', compared.name, 'in', compared.source_platform,
            case when compared.attribute = 'bill_to_native_id' then 'belongs to' else 'to' end,
            coalesce(compared.wanted_name, compared.wanted_key, 'nobody'), open_amounts.told
        ) as evidence,
        greatest(compared.source_updated_at, compared.created_at, compared.due_at, compared.parent_known_at) as due_at,
        compared.observed_version
    from compared
    left join open_amounts on compared.platform = open_amounts.platform and compared.native_id = open_amounts.customer_native_id
    where
        compared.wanted_key is distinct from compared.held_key
        and case
            when compared.attribute = 'bill_to_native_id' then compared.held_key <> compared.customer_key
            else compared.held_key is not null or compared.parent_known_at is not null
        end
),

final as (
    {{ judged('customer_hierarchy_differs') }}
)

select * from final
