{{ latest('zuora', 'contact') }}
