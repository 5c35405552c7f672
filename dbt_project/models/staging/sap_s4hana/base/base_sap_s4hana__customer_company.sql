{{ latest('sap_s4hana', 'customer_company') }}
