{{ latest('stripe', 'refund') }}
