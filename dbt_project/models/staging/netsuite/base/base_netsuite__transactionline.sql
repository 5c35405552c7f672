{{ latest('netsuite', 'transactionline') }}
