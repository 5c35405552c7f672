{{ latest('oracle_fusion', 'address') }}
