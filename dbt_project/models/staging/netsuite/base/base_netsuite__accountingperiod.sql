{{ latest('netsuite', 'accountingperiod') }}
