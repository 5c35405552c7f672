"""SAP S/4HANA Cloud, the ERP: customers, orders, billing and accounting documents, through OData V2 and journal entry SOAP."""
