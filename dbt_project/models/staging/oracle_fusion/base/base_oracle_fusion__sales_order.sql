{{ latest('oracle_fusion', 'sales_order') }}
