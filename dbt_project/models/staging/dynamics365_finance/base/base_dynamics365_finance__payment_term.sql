{{ latest('dynamics365_finance', 'payment_term') }}
