{{ latest('salesforce', 'account') }}
