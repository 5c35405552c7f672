{{ latest('netsuite', 'account') }}
