{{ latest('oracle_fusion', 'account') }}
