{{ latest('avalara', 'transaction_line') }}
