{{ latest('salesforce', 'product2') }}
