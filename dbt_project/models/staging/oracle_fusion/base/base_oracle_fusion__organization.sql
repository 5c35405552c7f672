{{ latest('oracle_fusion', 'organization') }}
