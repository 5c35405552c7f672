{{ latest('salesforce', 'contact') }}
