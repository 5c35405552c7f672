{{ latest('zuora', 'product_rate_plan') }}
