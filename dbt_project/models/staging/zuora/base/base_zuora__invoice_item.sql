{{ latest('zuora', 'invoice_item') }}
