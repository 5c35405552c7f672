"""Avalara AvaTax: what tax is owed on an invoice, and to whom."""
