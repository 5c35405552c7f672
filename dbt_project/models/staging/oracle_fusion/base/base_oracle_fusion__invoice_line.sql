{{ latest('oracle_fusion', 'invoice_line') }}
