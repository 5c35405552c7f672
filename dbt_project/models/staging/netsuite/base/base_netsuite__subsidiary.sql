{{ latest('netsuite', 'subsidiary') }}
