{{ latest('dynamics365_sales', 'invoice') }}
