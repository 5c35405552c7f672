{{ latest('dynamics365_finance', 'payment_journal') }}
