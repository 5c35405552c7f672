"""Oracle Fusion Cloud ERP: orders, receivables and the general ledger, through its REST resources and file-based imports."""
