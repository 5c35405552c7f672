{{ observed('ledger_balance') }}
