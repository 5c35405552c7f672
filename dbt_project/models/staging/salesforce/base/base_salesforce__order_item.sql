{{ latest('salesforce', 'order_item') }}
