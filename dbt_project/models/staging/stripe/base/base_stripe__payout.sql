{{ latest('stripe', 'payout') }}
