{{ latest('netsuite', 'item') }}
