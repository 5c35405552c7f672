{{ latest('sap_s4hana', 'email_address') }}
