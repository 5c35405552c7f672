{{ latest('sap_s4hana', 'business_partner') }}
