{{ latest('zuora', 'payment') }}
