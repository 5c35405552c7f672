{{ latest('dynamics365_sales', 'opportunity') }}
