{{ latest('stripe', 'customer') }}
