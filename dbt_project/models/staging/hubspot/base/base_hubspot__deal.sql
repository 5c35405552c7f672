{{ latest('hubspot', 'deal') }}
