{{ latest('stripe', 'payout_line') }}
