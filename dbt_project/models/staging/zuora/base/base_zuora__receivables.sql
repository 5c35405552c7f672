{{ latest('zuora', 'receivables') }}
