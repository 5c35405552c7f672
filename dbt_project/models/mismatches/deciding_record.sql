{{ config(materialized='view') }}

{#- By which of its columns a rule's record leads to the one that decides the case, and what both must have in common besides. -#}
{%- set named = [
    ('order_unsigned', 'order', 'quote_id', 'contract', 'quote_id', none),
    ('order_unsigned', 'order', 'quote_number', 'contract', 'quote_number', 'legal_entity'),
    ('signature_stuck', 'quote', 'native_id', 'contract', 'quote_id', none),
    ('signature_stuck', 'contract', 'quote_id', 'quote', 'native_id', none),
    ('order_duplicated', 'order', 'quote_id', 'order', 'quote_id', 'platform'),
    ('invoice_duplicated', 'invoice', 'billing_number', 'invoice', 'billing_number', 'platform'),
    ('payment_duplicated', 'payment', 'payment_ref', 'payment', 'payment_ref', 'platform'),
    ('posting_duplicated', 'journal', 'journal_ref', 'journal', 'journal_ref', 'platform'),
    ('invoice_void_not_mirrored', 'invoice', 'billing_number', 'invoice', 'billing_number', 'legal_entity'),
    ('credit_without_cause', 'credit_memo', 'invoice_native_id', 'invoice', 'native_id', 'platform'),
    ('refund_without_credit', 'refund', 'payment_native_id', 'payment', 'native_id', 'platform'),
] -%}
with findings as (
    select * from {{ ref('finding') }}
),

of_rules as (
    {%- for rule, entity, reference, deciding, key, shared in named %}
    select
        findings.fingerprint,
        deciding.platform,
        deciding.entity,
        deciding.native_id
    from findings
    inner join {{ ref('fct_' ~ entity) }} as records on findings.platform = records.platform and findings.native_id = records.native_id
    inner join {{ ref('fct_' ~ deciding) }} as deciding
        on records.{{ reference }} = deciding.{{ key }}{% if shared %} and records.{{ shared }} = deciding.{{ shared }}{% endif %}
    where findings.rule = '{{ rule }}' and findings.entity = '{{ entity }}'
    {{ 'union' if not loop.last }}
    {%- endfor %}
),

-- the customer that is kept
kept as (
    select
        findings.fingerprint,
        customers.platform,
        customers.entity,
        customers.native_id
    from findings
    inner join {{ ref('dim_customer') }} as customers
        on
            findings.platform = customers.platform
            and findings.expected_value = coalesce(customers.document_number, customers.native_id)
    where findings.rule = 'customer_duplicated'
),

-- what the ERP booked for a credit memo; the finding is about the memo that was issued
booked as (
    select
        findings.fingerprint,
        memos.platform,
        memos.entity,
        memos.native_id
    from findings
    inner join {{ ref('fct_credit_memo') }} as memos
        on
            findings.platform = memos.platform
            and findings.legal_entity = memos.legal_entity
            and findings.document_number = memos.billing_number
    where findings.rule = 'credit_not_in_erp'
),

-- the customer on hold, the inactive product, the closed period
refusing as (
    select
        findings.fingerprint,
        findings.platform,
        refusals.entity,
        refusals.native_id
    from findings
    inner join {{ ref('order_refusal') }} as refusals on findings.native_id = refusals.quote_id
    where findings.rule = 'order_would_fail' and refusals.native_id is not null
),

-- the amendment's line that changes what the subscription follows
amending as (
    select
        findings.fingerprint,
        lines.platform,
        lines.entity,
        lines.native_id
    from findings
    inner join {{ ref('expectation_source') }} as sources
        on findings.platform = sources.platform and findings.entity = sources.entity and findings.native_id = sources.native_id
    inner join {{ ref('fct_quote_line') }} as lines
        on sources.source_platform = lines.platform and sources.source_native_id = lines.amended_line_native_id
    where findings.rule = 'amendment_not_reflected'
),

-- where a line is missing, the document that it is missing in
lacking as (
    select
        findings.fingerprint,
        sources.platform,
        replace(sources.entity, '_line', '') as entity,
        sources.document_native_id as native_id
    from findings
    inner join {{ ref('expectation_source') }} as sources
        on findings.platform = sources.platform and findings.entity = sources.entity and findings.native_id = sources.source_native_id
    where sources.native_id is null and sources.document_native_id is not null
),

together as (
    {%- for found in ['of_rules', 'kept', 'booked', 'refusing', 'amending', 'lacking'] %}
    select fingerprint, platform, entity, native_id from {{ found }}
    {{ 'union' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        cast(together.fingerprint as string) as fingerprint,
        cast(together.platform as string) as platform,
        cast(together.entity as string) as entity,
        cast(together.native_id as string) as native_id
    from together
    inner join findings on together.fingerprint = findings.fingerprint
    where
        concat_ws(':', together.platform, together.entity, together.native_id)
        <> concat_ws(':', findings.platform, findings.entity, findings.native_id)
)

select * from final
