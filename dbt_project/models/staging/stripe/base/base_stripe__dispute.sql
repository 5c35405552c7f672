{{ latest('stripe', 'dispute') }}
