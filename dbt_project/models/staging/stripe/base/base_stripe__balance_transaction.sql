{{ latest('stripe', 'balance_transaction') }}
