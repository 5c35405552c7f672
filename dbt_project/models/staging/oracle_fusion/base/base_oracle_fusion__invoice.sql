{{ latest('oracle_fusion', 'invoice') }}
