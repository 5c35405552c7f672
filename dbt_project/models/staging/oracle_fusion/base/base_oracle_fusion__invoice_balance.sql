{{ latest('oracle_fusion', 'invoice_balance') }}
