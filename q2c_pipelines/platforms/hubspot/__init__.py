"""HubSpot: the CRM of the acquired company in Canada, from companies to accepted quotes and their orders."""
