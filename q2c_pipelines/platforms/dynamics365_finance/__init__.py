"""Dynamics 365 Finance, an ERP that bills itself: orders, invoices, payments and the general ledger, through OData."""
