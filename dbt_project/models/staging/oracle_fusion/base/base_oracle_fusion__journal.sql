{{ latest('oracle_fusion', 'journal') }}
