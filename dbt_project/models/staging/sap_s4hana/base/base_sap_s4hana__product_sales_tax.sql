{{ latest('sap_s4hana', 'product_sales_tax') }}
