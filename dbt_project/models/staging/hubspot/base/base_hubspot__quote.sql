{{ latest('hubspot', 'quote') }}
