{{ latest('stripe', 'product') }}
