{{ latest('zuora', 'account') }}
