"""NetSuite, the ERP: orders, invoices, payments and the general ledger, through SuiteTalk REST and SuiteQL."""
