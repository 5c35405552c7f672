{{ latest('zuora', 'payment_application') }}
