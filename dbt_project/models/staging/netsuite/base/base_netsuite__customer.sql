{{ latest('netsuite', 'customer') }}
