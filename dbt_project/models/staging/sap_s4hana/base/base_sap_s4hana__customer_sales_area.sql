{{ latest('sap_s4hana', 'customer_sales_area') }}
