"""Zuora Billing: accounts, catalogue, subscriptions, invoices and payments, read and written."""
