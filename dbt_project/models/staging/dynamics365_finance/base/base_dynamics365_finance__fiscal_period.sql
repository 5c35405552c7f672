{{ latest('dynamics365_finance', 'fiscal_period') }}
