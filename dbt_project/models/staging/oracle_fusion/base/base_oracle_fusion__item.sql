{{ latest('oracle_fusion', 'item') }}
