{{ latest('avalara', 'transaction_detail') }}
