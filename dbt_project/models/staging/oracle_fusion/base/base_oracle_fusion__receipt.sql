{{ latest('oracle_fusion', 'receipt') }}
