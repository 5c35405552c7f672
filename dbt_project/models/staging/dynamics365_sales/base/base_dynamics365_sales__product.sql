{{ latest('dynamics365_sales', 'product') }}
