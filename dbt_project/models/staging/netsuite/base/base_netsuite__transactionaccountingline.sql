{{ latest('netsuite', 'transactionaccountingline') }}
