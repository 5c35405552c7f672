{{ latest('netsuite', 'deletedrecord') }}
