"""Who is one customer: accounts of all platforms that name no customer of the CRM, linked by what they say of themselves.

accounts -> names, attributes -> linkage (Splink) -> links in the lake -> clusters, overrides -> keys in the lake -> xref_customer
"""
