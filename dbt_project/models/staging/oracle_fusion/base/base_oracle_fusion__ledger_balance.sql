{{ latest('oracle_fusion', 'ledger_balance') }}
