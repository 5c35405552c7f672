{{ latest('stripe', 'balance') }}
