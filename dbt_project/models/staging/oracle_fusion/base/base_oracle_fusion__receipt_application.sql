{{ latest('oracle_fusion', 'receipt_application') }}
