{{ latest('hubspot', 'company') }}
