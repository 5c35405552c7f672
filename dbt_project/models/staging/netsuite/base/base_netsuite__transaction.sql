{{ latest('netsuite', 'transaction') }}
