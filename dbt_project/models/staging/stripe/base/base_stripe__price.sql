{{ latest('stripe', 'price') }}
