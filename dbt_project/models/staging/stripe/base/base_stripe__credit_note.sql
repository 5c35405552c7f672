{{ latest('stripe', 'credit_note') }}
