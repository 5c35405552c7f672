{{ latest('dynamics365_finance', 'settled_invoice') }}
