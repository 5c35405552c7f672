{{ latest('sap_s4hana', 'item_count') }}
