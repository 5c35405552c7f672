{{ latest('sap_s4hana', 'product_description') }}
