{#- Which platforms stage which entity. Written by `python -m q2c_pipelines.lake.dbt_sources` from models/staging. -#}
{% macro staged_platforms() %}
    {{ return({
        'contract': ['docusign'],
        'control': ['netsuite', 'oracle_fusion', 'salesforce', 'sap_s4hana', 'stripe', 'zuora'],
        'controlled': ['netsuite', 'oracle_fusion', 'salesforce', 'sap_s4hana', 'stripe', 'zuora'],
        'credit_memo': ['netsuite', 'sap_s4hana', 'stripe', 'zuora'],
        'customer': ['avalara', 'dynamics365_finance', 'dynamics365_sales', 'hubspot', 'legacy_oms', 'netsuite', 'oracle_fusion', 'salesforce', 'sap_s4hana', 'stripe', 'zuora'],
        'invoice': ['dynamics365_finance', 'file_drop', 'netsuite', 'oracle_fusion', 'sap_s4hana', 'stripe', 'zuora'],
        'invoice_line': ['dynamics365_finance', 'file_drop', 'netsuite', 'oracle_fusion', 'sap_s4hana', 'stripe', 'zuora'],
        'journal': ['dynamics365_finance', 'netsuite', 'oracle_fusion', 'sap_s4hana'],
        'journal_line': ['dynamics365_finance', 'netsuite', 'oracle_fusion', 'sap_s4hana'],
        'opportunity': ['dynamics365_sales', 'hubspot', 'salesforce'],
        'order': ['dynamics365_finance', 'dynamics365_sales', 'hubspot', 'legacy_oms', 'netsuite', 'oracle_fusion', 'salesforce', 'sap_s4hana'],
        'order_line': ['dynamics365_finance', 'legacy_oms', 'netsuite', 'oracle_fusion', 'sap_s4hana'],
        'payment': ['dynamics365_finance', 'file_drop', 'netsuite', 'oracle_fusion', 'sap_s4hana', 'stripe', 'zuora'],
        'payment_allocation': ['dynamics365_finance', 'netsuite', 'oracle_fusion', 'sap_s4hana', 'stripe', 'zuora'],
        'price': ['dynamics365_sales', 'hubspot', 'salesforce', 'stripe', 'zuora'],
        'product': ['dynamics365_finance', 'dynamics365_sales', 'hubspot', 'legacy_oms', 'netsuite', 'oracle_fusion', 'salesforce', 'sap_s4hana', 'stripe', 'zuora'],
        'quote': ['dynamics365_sales', 'hubspot', 'salesforce'],
        'quote_line': ['dynamics365_sales', 'hubspot', 'salesforce'],
        'subscription': ['stripe', 'zuora'],
        'subscription_line': ['stripe', 'zuora'],
        'tax_document': ['avalara', 'stripe'],
        'tax_document_line': ['avalara', 'stripe'],
    }) }}
{% endmacro %}
