{{ latest('zuora', 'credit_memo_item') }}
