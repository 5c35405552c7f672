{{ latest('dynamics365_sales', 'salesorder') }}
