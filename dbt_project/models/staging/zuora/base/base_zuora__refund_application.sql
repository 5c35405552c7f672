{{ latest('zuora', 'refund_application') }}
