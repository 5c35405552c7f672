{{ latest('oracle_fusion', 'source_reference') }}
