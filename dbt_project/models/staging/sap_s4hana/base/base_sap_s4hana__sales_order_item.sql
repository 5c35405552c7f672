{{ latest('sap_s4hana', 'sales_order_item') }}
