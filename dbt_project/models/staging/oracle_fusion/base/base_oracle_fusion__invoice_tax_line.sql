{{ latest('oracle_fusion', 'invoice_tax_line') }}
