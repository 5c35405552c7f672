{{ latest('stripe', 'invoice') }}
