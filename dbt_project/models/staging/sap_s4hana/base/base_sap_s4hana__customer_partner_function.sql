{{ latest('sap_s4hana', 'customer_partner_function') }}
