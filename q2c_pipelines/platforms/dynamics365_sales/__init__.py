"""Dynamics 365 Sales: the CRM of the UK chain, on Dataverse."""
