{{ latest('dynamics365_finance', 'product') }}
