{{ latest('salesforce', 'order') }}
