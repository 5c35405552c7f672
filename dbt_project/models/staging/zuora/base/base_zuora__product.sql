{{ latest('zuora', 'product') }}
