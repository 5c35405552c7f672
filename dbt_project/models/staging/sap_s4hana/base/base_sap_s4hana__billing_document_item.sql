{{ latest('sap_s4hana', 'billing_document_item') }}
