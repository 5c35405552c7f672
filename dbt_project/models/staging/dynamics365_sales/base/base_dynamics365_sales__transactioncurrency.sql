{{ latest('dynamics365_sales', 'transactioncurrency') }}
