{{ latest('sap_s4hana', 'phone_number') }}
