"""Salesforce: Sales Cloud with CPQ, the CRM of the US chain."""
