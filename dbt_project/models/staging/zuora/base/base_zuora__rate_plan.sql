{{ latest('zuora', 'rate_plan') }}
