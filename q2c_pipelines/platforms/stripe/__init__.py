"""Stripe: customers, payments, and for a company that bills with it subscriptions, invoices and tax."""
