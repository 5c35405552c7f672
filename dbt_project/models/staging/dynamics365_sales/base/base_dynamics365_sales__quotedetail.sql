{{ latest('dynamics365_sales', 'quotedetail') }}
