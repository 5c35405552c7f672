{{ latest('dynamics365_finance', 'journal') }}
