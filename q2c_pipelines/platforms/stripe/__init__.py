"""Stripe: customers and card payments of the US chain."""
