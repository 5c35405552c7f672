{{ latest('sap_s4hana', 'customer') }}
