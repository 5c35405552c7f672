{%- set attributes = ['name', 'email', 'phone', 'street', 'city', 'state', 'postal_code', 'country', 'payment_terms', 'tax_number', 'is_on_hold', 'currency'] -%}
with expected as (
    select * from {{ ref('exp_customer') }}
),

customers as (
    select customers.*
    from {{ ref('dim_customer') }} as customers
    inner join {{ ref('xref_customer') }} as identities
        on customers.platform = identities.platform and customers.native_id = identities.native_id
    where identities.method <> 'linked'
),

systems as (
    select * from {{ ref('dim_system') }}
),

copies as (
    select * from {{ ref('dim_copy') }} where entity = 'customer'
),

open_invoices as (
    select
        invoices.customer_key,
        invoices.currency,
        invoices.balance as amount
    from {{ ref('fct_invoice') }} as invoices
    inner join systems
        on invoices.platform = systems.platform and invoices.legal_entity = systems.legal_entity and systems.role = 'billing'
    where invoices.status = 'open'
),

open_balances as (
    {{ in_one_currency('open_invoices', ['customer_key']) }}
),

compared as (
    {% for attribute in attributes %}
    select
        expected.expected_key,
        customers.native_id,
        customers.document_number,
        customers.created_at,
        customers.source_updated_at as observed_version,
        '{{ attribute }}' as attribute,
        cast(expected.{{ attribute }} as string) as expected_value,
        cast(customers.{{ attribute }} as string) as observed_value,
        {%- if attribute == 'tax_number' %}
        {{ plain_tax_number('expected.tax_number') }} <> {{ plain_tax_number('customers.tax_number') }} as differs
        {%- elif attribute in ['is_on_hold', 'currency'] %}
        expected.{{ attribute }} <> customers.{{ attribute }} as differs
        {%- else %}
        lower(trim(expected.{{ attribute }})) <> lower(trim(coalesce(customers.{{ attribute }}, ''))) as differs
        {%- endif %}
    from expected
    inner join customers on expected.platform = customers.platform and expected.customer_key = customers.customer_key
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

found as (
    select
        concat_ws(':', expected.expected_key, compared.native_id) as identity,
        copies.owner_platform as source_platform,
        expected.deal_key,
        expected.legal_entity,
        expected.entity,
        expected.platform,
        compared.native_id,
        compared.document_number,
        compared.attribute,
        compared.expected_value,
        compared.observed_value,
        open_balances.amount as amount_at_risk,
        case when open_balances.amount is null then expected.currency else open_balances.currency end as currency,
        'copy_differs' as cause,
        concat_ws(
            ' ', 'Customer', coalesce(compared.document_number, compared.native_id), 'in', expected.platform, 'has',
            compared.attribute, coalesce(compared.observed_value, 'none'), 'but', expected.name, 'in', copies.owner_platform,
            'has', compared.expected_value, open_balances.told
        ) as evidence,
        greatest(
            case when copies.owner_platform = expected.source_platform then expected.source_updated_at else expected.erp_updated_at end,
            compared.created_at, expected.due_at
        ) as due_at,
        compared.observed_version
    from compared
    inner join expected on compared.expected_key = expected.expected_key
    inner join copies
        on
            expected.platform = copies.platform
            and expected.legal_entity = copies.legal_entity
            and compared.attribute = copies.attribute
    left join open_balances on expected.customer_key = open_balances.customer_key
    where compared.differs
),

final as (
    {{ judged('customer_attribute_differs') }}
)

select * from final
