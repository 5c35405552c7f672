{{ latest('zuora', 'invoice') }}
