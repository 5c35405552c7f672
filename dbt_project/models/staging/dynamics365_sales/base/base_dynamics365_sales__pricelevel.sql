{{ latest('dynamics365_sales', 'pricelevel') }}
