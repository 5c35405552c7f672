{{ latest('stripe', 'subscription') }}
