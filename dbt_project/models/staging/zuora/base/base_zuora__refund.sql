{{ latest('zuora', 'refund') }}
