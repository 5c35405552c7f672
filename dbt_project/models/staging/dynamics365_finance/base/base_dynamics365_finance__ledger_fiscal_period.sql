{{ latest('dynamics365_finance', 'ledger_fiscal_period') }}
