{#- Which platforms stage which entity. Written by `python -m q2c_pipelines.lake.dbt_sources` from models/staging. -#}
{% macro staged_platforms() %}
    {{ return({
        'customer': ['salesforce'],
        'invoice': ['file_drop'],
        'invoice_line': ['file_drop'],
        'opportunity': ['salesforce'],
        'order': ['salesforce'],
        'price': ['salesforce'],
        'product': ['salesforce'],
        'quote': ['salesforce'],
        'quote_line': ['salesforce'],
    }) }}
{% endmacro %}
