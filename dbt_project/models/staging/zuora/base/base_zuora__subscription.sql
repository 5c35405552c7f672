{{ latest('zuora', 'subscription') }}
