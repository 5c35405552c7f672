{{ latest('dynamics365_finance', 'customer') }}
