{{ latest('dynamics365_sales', 'quote') }}
