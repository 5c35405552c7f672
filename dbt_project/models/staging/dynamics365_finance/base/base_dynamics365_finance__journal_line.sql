{{ latest('dynamics365_finance', 'journal_line') }}
