{{ latest('hubspot', 'contact') }}
