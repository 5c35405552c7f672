{{ latest('dynamics365_sales', 'contact') }}
