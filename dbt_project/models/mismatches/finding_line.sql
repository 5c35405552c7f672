{{ config(materialized='view') }}

{#- Documents whose lines tell why their totals differ, and what their lines are expected by. -#}
{%- set documents = ['order', 'invoice'] -%}
with findings as (
    select * from {{ ref('finding_difference') }}
    where (sole_cause is null and attribute = 'amount') or sole_cause = 'unit_price'
),

deals as (
    select distinct platform, deal_key from findings
),

order_documents as (
    select orders.platform, orders.native_id, orders.expected_key
    from {{ ref('order_of_quote') }} as orders
    inner join deals on orders.platform = deals.platform and orders.deal_key = deals.deal_key
    where orders.place = 1
),

invoice_documents as (
    select invoices.platform, invoices.native_id, expected.expected_key
    from {{ ref('exp_invoice') }} as expected
    inner join deals on expected.platform = deals.platform and expected.deal_key = deals.deal_key
    inner join {{ ref('fct_invoice') }} as invoices
        on expected.platform = invoices.platform and expected.billing_number = invoices.billing_number
    where invoices.status is distinct from 'void'
),

-- what a line of an order would cost without its discount
undiscounted as (
    select
        lines.platform,
        lines.native_id,
        {{ unit_price(times('lines.list_price', "case when lines.charge_type = 'recurring' then quotes.term_months else 1 end")) }} as unit_price
    from {{ ref('fct_quote_line') }} as lines
    inner join {{ ref('fct_quote') }} as quotes on lines.platform = quotes.platform and lines.quote_native_id = quotes.native_id
    where lines.deal_key in (select deal_key from deals)
),

{% for document in documents %}
{{ document }}_expected as (
    select
        lines.*,
        documents.native_id as document_native_id
    from {{ ref('exp_' ~ document ~ '_line') }} as lines
    inner join {{ document }}_documents as documents on lines.parent_key = documents.expected_key
),

{{ document }}_observed as (
    select lines.*
    from {{ ref('fct_' ~ document ~ '_line') }} as lines
    inner join {{ document }}_documents as documents
        on lines.platform = documents.platform and lines.{{ document }}_native_id = documents.native_id
),

{{ document }}_lines as (
    select
        '{{ document }}' as document,
        coalesce(observed.platform, expected.platform) as platform,
        coalesce(observed.{{ document }}_native_id, expected.document_native_id) as document_native_id,
        coalesce(observed.native_id, expected.source_native_id) as native_id,
        concat('line ', cast(coalesce(observed.line_number, expected.line_number) as string)) as line,
        coalesce(observed.product_code, expected.product_code) as product_code,
        expected.expected_key is not null as is_expected,
        observed.native_id is not null as is_observed,
        expected.quantity as expected_quantity,
        observed.quantity as observed_quantity,
        expected.unit_price as expected_unit_price,
        observed.unit_price as observed_unit_price,
        {{ 'undiscounted.unit_price' if document == 'order' else unit_price('null') }} as list_price,
        expected.amount as expected_amount,
        observed.amount as observed_amount,
        {% if document == 'invoice' -%}
        {{ dbt.datediff('expected.service_start_on', 'expected.service_end_on', 'day') }} + 1 as expected_days,
        {{ dbt.datediff('observed.service_start_on', 'observed.service_end_on', 'day') }} + 1 as observed_days
        {%- else -%}
        cast(null as bigint) as expected_days,
        cast(null as bigint) as observed_days
        {%- endif %}
    from {{ document }}_expected as expected
    full outer join {{ document }}_observed as observed
        on
            expected.platform = observed.platform
            and expected.document_native_id = observed.{{ document }}_native_id
            and expected.line_number = observed.line_number
    {% if document == 'order' -%}
    left join undiscounted on expected.source_platform = undiscounted.platform and expected.source_native_id = undiscounted.native_id
    {%- endif %}
),
{% endfor %}

compared as (
    {% for document in documents %}
    select * from {{ document }}_lines
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    {%- for entity, key in [('compared.document', 'document_native_id'), ("concat(compared.document, '_line')", 'native_id')] %}
    select
        findings.fingerprint,
        compared.*
    from findings
    inner join compared
        on
            findings.platform = compared.platform
            and findings.entity = {{ entity }}
            and findings.native_id = compared.{{ key }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from final
