{{ latest('avalara', 'customer') }}
