{{ latest('hubspot', 'product') }}
