{{ latest('netsuite', 'previoustransactionlinelink') }}
