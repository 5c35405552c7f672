{#- What belongs to deals, and by what its documents find each other. -#}

{#- Every entity that what is derived by deal reads, with the document that its records are, or are lines of. -#}
{% macro deal_entities() %}
    {{ return({
        'opportunity': 'opportunity',
        'quote': 'quote',
        'quote_line': 'quote',
        'contract': 'contract',
        'order': 'order',
        'order_line': 'order',
        'subscription': 'subscription',
        'subscription_line': 'subscription',
        'invoice': 'invoice',
        'invoice_line': 'invoice',
        'credit_memo': 'credit_memo',
        'credit_memo_line': 'credit_memo',
        'tax_document': 'tax_document',
        'tax_document_line': 'tax_document',
        'payment': 'payment',
        'payment_allocation': 'payment',
        'refund': 'payment',
        'journal': 'journal',
        'journal_line': 'journal',
    }) }}
{% endmacro %}

{#- The id of the document that a record is or, in `from`, is a line of; empty where a line names none. -#}
{% macro document_id(entity, from='') %}
    {%- set document = deal_entities().get(entity, entity) -%}
    {%- set column = (from ~ '.' if from else '') ~ ('native_id' if document == entity else document ~ '_native_id') -%}
    {{ return(column if document == entity else "coalesce(" ~ column ~ ", '')") }}
{% endmacro %}

{#- Every number and id that a record is found by or names another document by. Ids that only one platform gives meaning to are told
    with it. Whatever joins documents of different deals joins them by one of these. -#}
{% macro references_of(entity) %}
    {%- set own = "platform || ':' || native_id" -%}
    {{ return({
        'opportunity': [own],
        'quote': ["native_id", "document_number", "platform || ':' || opportunity_native_id", "amended_quote_native_id"],
        'contract': [own, "quote_id", "quote_number"],
        'order': [own, "document_number", "quote_id", "quote_number"],
        'subscription': ["document_number", "quote_number", "order_number"],
        'invoice': [own, "document_number", "billing_number", "platform || ':' || order_native_id"],
        'invoice_line': ["subscription_number"],
        'credit_memo': [own, "document_number", "billing_number", "platform || ':' || invoice_native_id"],
        'credit_memo_line': ["subscription_number"],
        'tax_document': [own, "invoice_number"],
        'payment': ["payment_ref", "invoice_number"],
        'payment_allocation': ["platform || ':' || invoice_native_id"],
        'journal': [
            "coalesce(" ~ posted_number('journal_ref') ~ ", journal_ref)",
            "case when is_reversal then " ~ own ~ " end",
            "platform || ':' || reversed_by_native_id",
        ],
    }.get(entity, [])) }}
{% endmacro %}
