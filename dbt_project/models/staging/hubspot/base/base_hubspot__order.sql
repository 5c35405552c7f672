{{ latest('hubspot', 'order') }}
