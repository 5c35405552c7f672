{{ latest('zuora', 'credit_memo') }}
