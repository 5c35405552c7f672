{{ latest('stripe', 'charge') }}
