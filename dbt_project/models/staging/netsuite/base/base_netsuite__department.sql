{{ latest('netsuite', 'department') }}
