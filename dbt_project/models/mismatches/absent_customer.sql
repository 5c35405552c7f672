with expected as (
    select * from {{ ref('exp_customer') }}
),

customers as (
    select
        customers.*,
        identities.method
    from {{ ref('dim_customer') }} as customers
    inner join {{ ref('xref_customer') }} as identities
        on customers.platform = identities.platform and customers.native_id = identities.native_id
),

referring as (
    select * from customers
    where method in ('self', 'reference') or (method = 'merged' and crm_id is not null)
),

strangers as (
    select * from customers
    where method in ('linked', 'split', 'none') or (method = 'merged' and crm_id is null)
),

absent as (
    select expected.*
    from expected
    left join referring on expected.platform = referring.platform and expected.customer_key = referring.customer_key
    where referring.native_id is null
),

sold as (
    select distinct customer_key, deal_key
    from {{ ref('exp_order') }}
),

likely as (
    select
        absent.expected_key,
        strangers.native_id,
        strangers.document_number
    from absent
    inner join strangers on absent.platform = strangers.platform and absent.customer_key = strangers.customer_key
    {%- for entity in ['order', 'subscription', 'invoice', 'payment'] %}
    union all
    select
        absent.expected_key,
        strangers.native_id,
        strangers.document_number
    from absent
    inner join sold on absent.customer_key = sold.customer_key
    inner join {{ ref('fct_' ~ entity) }} as documents on absent.platform = documents.platform and sold.deal_key = documents.deal_key
    inner join strangers on documents.platform = strangers.platform and documents.customer_native_id = strangers.native_id
    {%- endfor %}
),

first_likely as (
    select
        expected_key,
        min(native_id) as native_id,
        min_by(document_number, native_id) as document_number
    from likely
    group by expected_key
),

final as (
    select
        absent.expected_key,
        absent.platform,
        absent.customer_key,
        first_likely.native_id as likely_native_id,
        coalesce(first_likely.document_number, first_likely.native_id) as likely_document_number
    from absent
    left join first_likely on absent.expected_key = first_likely.expected_key
)

select * from final
