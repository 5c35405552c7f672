{{ latest('dynamics365_sales', 'account') }}
