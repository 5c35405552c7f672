{{ latest('dynamics365_sales', 'productpricelevel') }}
