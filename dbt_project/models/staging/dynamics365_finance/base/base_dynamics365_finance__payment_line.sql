{{ latest('dynamics365_finance', 'payment_line') }}
