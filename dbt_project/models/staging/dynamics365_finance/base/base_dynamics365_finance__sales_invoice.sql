{{ latest('dynamics365_finance', 'sales_invoice') }}
