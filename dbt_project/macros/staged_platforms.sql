{#- Which platforms stage which entity. Written by `python -m q2c_pipelines.lake.dbt_sources` from models/staging. -#}
{% macro staged_platforms() %}
    {{ return({
        'customer': ['netsuite', 'salesforce', 'stripe', 'zuora'],
        'invoice': ['file_drop', 'netsuite', 'zuora'],
        'invoice_line': ['file_drop', 'netsuite', 'zuora'],
        'journal': ['netsuite'],
        'journal_line': ['netsuite'],
        'opportunity': ['salesforce'],
        'order': ['netsuite', 'salesforce'],
        'order_line': ['netsuite'],
        'payment': ['netsuite', 'stripe', 'zuora'],
        'payment_allocation': ['netsuite', 'zuora'],
        'price': ['salesforce', 'zuora'],
        'product': ['netsuite', 'salesforce', 'zuora'],
        'quote': ['salesforce'],
        'quote_line': ['salesforce'],
        'subscription': ['zuora'],
        'subscription_line': ['zuora'],
    }) }}
{% endmacro %}
