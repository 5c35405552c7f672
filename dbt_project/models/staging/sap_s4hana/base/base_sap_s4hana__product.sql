{{ latest('sap_s4hana', 'product') }}
